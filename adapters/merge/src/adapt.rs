//! Converts a core module of the older ABI to a component: it is merged with the bridge into one core module with two
//! memories, which
//! wit-component turns into a component in one step.

use wasmparser::{Validator, WasmFeatures};

use crate::encode::encode;
use crate::error::AdaptError;
use crate::kind::{Kind, kind};
use crate::layout::{lay_out, needed};
use crate::module::Module;
use crate::{names, resolve};

/// The bridge, built from `adapters/bridge` by `scripts/build-bridge`.
const BRIDGE: &[u8] = include_bytes!("../bridge.wasm");

/// Go's default build: its functions can be called neither before `main` nor after it.
const PROGRAM: &str = "it has a skill's exports but is a program (it exports _start and no _initialize): build it as a \
                       library, Go (1.24 or later) and TinyGo with -buildmode=c-shared";

/// An adapted skill.
pub struct Adapted {
    /// The component: it exports `luminarys:skill/dynamic` and has no descriptor yet.
    pub component: Vec<u8>,
    /// The module's language, if known: `rust`, `go` or `assemblyscript`.
    pub language: Option<&'static str>,
}

/// Converts a core module of the older ABI to a component, without running it.
///
/// # Errors
/// [`AdaptError`] with what the bytes are instead, or what cannot be adapted.
pub fn adapt(bytes: &[u8]) -> Result<Adapted, AdaptError> {
    let found = kind(bytes)?;
    if found != Kind::LegacySkill {
        let component = "it is a component already; sign it directly".to_owned();
        return Err(AdaptError::Other(found.advice().unwrap_or(component)));
    }
    let skill = Module::read(bytes)?;
    if skill.exported("_start").is_some() && skill.exported("_initialize").is_none() {
        return Err(AdaptError::Other(PROGRAM.to_owned()));
    }
    let bridge = Module::read(BRIDGE)?;
    let merged = merge(&skill, &bridge)?;
    let invalid = |error: wasmparser::BinaryReaderError| AdaptError::Invalid(error.to_string());
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    validator.validate_all(&merged).map_err(invalid)?;
    let encode = |error: anyhow::Error| AdaptError::Encode(format!("{error:#}"));
    let mut encoder = wit_component::ComponentEncoder::default()
        .module(&merged)
        .map_err(encode)?;
    Ok(Adapted {
        component: encoder.encode().map_err(encode)?,
        language: names::language(&skill),
    })
}

fn merge(skill: &Module<'_>, bridge: &Module<'_>) -> Result<Vec<u8>, AdaptError> {
    let answers = resolve::imports(skill, bridge)?;
    let needed = needed(bridge, &answers)?;
    let (layout, stubs) = lay_out(skill, bridge, &answers, &needed)?;
    encode(skill, bridge, &layout, &stubs)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    const EXPORTS: &str = r#"
        (func (export "skill_alloc") (param i32) (result i32) i32.const 0)
        (func (export "skill_free") (param i32))
        (func $handle (export "skill_handle") (param i32 i32) (result i64) i64.const 0)
        (func (export "skill_describe") (result i64) i64.const 0)"#;
    const MEMORY: &str = r#"(memory (export "memory") 1)"#;

    fn module(before: &str, after: &str) -> Vec<u8> {
        wat::parse_str(format!("(module $old {before} {EXPORTS} {after})")).unwrap()
    }

    fn error(bytes: &[u8]) -> String {
        adapt(bytes)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    /// Returns the interfaces that a component imports.
    fn imports(component: &[u8]) -> Vec<String> {
        let wit_component::DecodedWasm::Component(resolve, world) =
            wit_component::decode(component).unwrap()
        else {
            panic!("no component");
        };
        let names = resolve.worlds[world]
            .imports
            .keys()
            .map(|key| resolve.name_world_key(key));
        names.collect()
    }

    #[test]
    fn modules_that_cannot_be_adapted_are_rejected_with_the_reason() {
        let rows = [
            (
                r#"(import "env" "nope" (func (param i32 i32) (result i64)))"#,
                MEMORY,
                "env.nope (i32, i32) -> i64",
            ),
            (
                r#"(import "env" "fs_read" (func (param i32)))"#,
                MEMORY,
                "env.fs_read (i32)",
            ),
            (
                r#"(import "wasi_unstable" "fd_write" (func))"#,
                MEMORY,
                "wasm32-wasip1",
            ),
            (
                r#"(import "wasi_snapshot_preview1" "fd_write" (func))"#,
                MEMORY,
                "fd_write ()",
            ),
            (
                r#"(import "__wbindgen" "x" (func))"#,
                MEMORY,
                "__wbindgen.x",
            ),
            (
                r#"(import "env" "memory" (memory 1))"#,
                "",
                "the memory env.memory",
            ),
            (
                r#"(import "env" "t" (table 1 funcref))"#,
                MEMORY,
                "the table env.t",
            ),
            (
                r#"(import "env" "g" (global i32))"#,
                MEMORY,
                "the global env.g",
            ),
            ("", "", "no memory"),
            ("", "(memory 1) (memory 1)", "several memories"),
            ("", "(memory 1 1 shared)", "threads"),
            ("", "(memory i64 1)", "64 bits"),
            ("", "(memory 1) (tag)", "exceptions"),
        ];
        each_row(rows, |(before, after, part)| {
            let error = error(&module(before, after));
            assert!(error.contains(part), "{before} {after}: {error}");
        });
        let program = module("", &format!(r#"{MEMORY} (func (export "_start"))"#));
        assert!(error(&program).contains("-buildmode=c-shared"));
        let other = EXPORTS.replace(
            "(param i32 i32) (result i64) i64.const 0",
            "(result i32) i32.const 0",
        );
        let error_of_other = error(&wat::parse_str(format!("(module {other} {MEMORY})")).unwrap());
        assert!(
            error_of_other.contains("skill_handle has the type () -> i32"),
            "{error_of_other}"
        );
        assert!(
            error(&wat::parse_str(r#"(module (func (export "_start")))"#).unwrap())
                .contains("c-shared")
        );
        assert!(error(&wat::parse_str("(component)").unwrap()).contains("already"));
        assert!(error(b"#!/bin/sh").contains("not a WebAssembly file"));
    }

    #[test]
    fn a_skill_imports_what_it_needs() {
        let plain = imports(&adapt(&module("", MEMORY)).unwrap().component);
        let rows = [
            "filesystem",
            "http",
            "shell",
            "tcp",
            "wasi:filesystem",
            "wasi:random",
        ];
        each_row(rows, |absent| {
            assert!(
                !plain.iter().any(|name| name.contains(absent)),
                "{absent}: {plain:?}"
            );
        });
        let reads = r#"(import "env" "fs_read" (func (param i32 i32) (result i64)))"#;
        let reads = imports(&adapt(&module(reads, MEMORY)).unwrap().component);
        assert!(
            reads.contains(&"luminarys:skill/filesystem@1.0.0".to_owned()),
            "{reads:?}"
        );
    }

    #[test]
    fn more_data_segments_than_readers_take() {
        let apart = |distance: u32| {
            let mut after = String::from(r#"(memory (export "memory") 100)"#);
            for index in 0..100_001 {
                after += &format!(r#"(data (i32.const {}) "x")"#, index * distance);
            }
            error(&module("", &after))
        };
        assert_eq!(apart(9), "");
        assert!(apart(50).contains("--limit-segments"));
    }

    #[test]
    fn names_survive() {
        let component = adapt(&module("", MEMORY)).unwrap().component;
        let found = |name: &[u8]| component.windows(name.len()).any(|bytes| bytes == name);
        assert!(found(b"handle") && found(b"glue.copy_in") && found(b"old"));
    }
}
