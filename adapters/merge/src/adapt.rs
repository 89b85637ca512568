//! From a core module of the older ABI to a component: merged with the bridge into one core module of two memories, which
//! wit-component makes a component of in one step.

use std::collections::{HashMap, HashSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, CustomSection, DataCountSection, DataSection, ElementSection, EntityType,
    ExportKind, ExportSection, FunctionSection, GlobalSection, ImportSection, MemorySection,
    TableSection, TypeSection,
};
use wasmparser::{ExternalKind, Validator, WasmFeatures};

use crate::error::AdaptError;
use crate::kind::{Kind, kind};
use crate::module::Module;
use crate::names;
use crate::reachable::reachable;
use crate::resolve::{self, GLUE};
use crate::stubs::{BRIDGE_MEMORY, SKILL_MEMORY, Stub};

/// The bridge, made by `scripts/build-bridge` of `adapters/bridge`.
const BRIDGE: &[u8] = include_bytes!("../bridge.wasm");
/// What the bridge exports for the skill; the component does not export it.
const FOR_SKILL: [&str; 2] = ["env_", "wasi_"];

/// An adapted skill.
pub struct Adapted {
    /// The component: it exports `luminarys:skill/dynamic` and has no descriptor yet.
    pub component: Vec<u8>,
    /// What the module was written in, if it tells: `rust`, `go` or `assemblyscript`.
    pub language: Option<&'static str>,
}

/// Makes a component of a core module of the older ABI. Nothing of it runs.
///
/// # Errors
/// [`AdaptError`], which says what the bytes are instead, or names what cannot be adapted.
pub fn adapt(bytes: &[u8]) -> Result<Adapted, AdaptError> {
    let found = kind(bytes)?;
    if found != Kind::LegacySkill {
        let component = "it is a component already: sign it as it is".to_owned();
        return Err(AdaptError::Other(found.advice().unwrap_or(component)));
    }
    let skill = Module::read(bytes)?;
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

/// Where the parts of one module are in the other.
struct Moved<'a> {
    types: u32,
    functions: &'a HashMap<u32, u32>,
    tables: u32,
    memory: u32,
    globals: u32,
    elements: u32,
    data: u32,
}

/// A function that is not there, or was thought not to be reached.
#[derive(Debug, thiserror::Error)]
#[error("there is no function {0}")]
struct Unknown(u32);

type Index = Result<u32, reencode::Error<Unknown>>;

impl Reencode for Moved<'_> {
    type Error = Unknown;

    fn type_index(&mut self, index: u32) -> Index {
        Ok(index + self.types)
    }
    fn function_index(&mut self, index: u32) -> Index {
        let moved = self.functions.get(&index).copied();
        moved.ok_or(reencode::Error::UserError(Unknown(index)))
    }
    fn table_index(&mut self, index: u32) -> Index {
        Ok(index + self.tables)
    }
    fn memory_index(&mut self, index: u32) -> Index {
        Ok(index + self.memory)
    }
    fn global_index(&mut self, index: u32) -> Index {
        Ok(index + self.globals)
    }
    fn element_index(&mut self, index: u32) -> Index {
        Ok(index + self.elements)
    }
    fn data_index(&mut self, index: u32) -> Index {
        Ok(index + self.data)
    }
}

/// Which functions the merged module has, in its order, and where those of the two modules are in it.
struct Layout {
    /// Imports of the bridge that stay, by their position there.
    kept_imports: Vec<u32>,
    /// Functions of the bridge that stay.
    kept_functions: Vec<u32>,
    bridge: HashMap<u32, u32>,
    skill: HashMap<u32, u32>,
    /// Where the stubs begin.
    stubs: u32,
}

fn merge(skill: &Module<'_>, bridge: &Module<'_>) -> Result<Vec<u8>, AdaptError> {
    let answers = resolve::imports(skill, bridge)?;
    let needed = needed(bridge, &answers)?;
    let (layout, stubs) = lay_out(skill, bridge, &answers, &needed)?;
    encode(skill, bridge, &layout, &stubs)
}

/// The functions of the bridge that this skill needs.
fn needed(bridge: &Module<'_>, answers: &[u32]) -> Result<HashSet<u32>, AdaptError> {
    let exports = bridge.exports.iter().filter(|export| {
        let for_skill = FOR_SKILL
            .iter()
            .any(|prefix| export.name.starts_with(prefix));
        export.kind == ExternalKind::Func && !for_skill
    });
    let roots = exports.map(|export| export.index);
    reachable(
        bridge,
        roots.chain(bridge.start).chain(answers.iter().copied()),
    )
}

fn lay_out(
    skill: &Module<'_>,
    bridge: &Module<'_>,
    answers: &[u32],
    needed: &HashSet<u32>,
) -> Result<(Layout, Vec<Stub>), AdaptError> {
    let imported = bridge.imports.len() as u32;
    let is_glue = |index: u32| bridge.imports[index as usize].module == GLUE;
    let kept_imports: Vec<u32> = (0..imported)
        .filter(|index| needed.contains(index) && !is_glue(*index))
        .collect();
    let all = imported + bridge.functions.len() as u32;
    let kept_functions: Vec<u32> = (imported..all)
        .filter(|index| needed.contains(index))
        .collect();
    let mut next = 0..;
    let mut number = |index: &u32| (*index, next.next().unwrap_or_default());
    let mut in_bridge: HashMap<u32, u32> = kept_imports.iter().map(&mut number).collect();
    in_bridge.extend(kept_functions.iter().map(&mut number));
    let own = skill.imports.len() as u32;
    let all = own + skill.functions.len() as u32;
    let mut in_skill: HashMap<u32, u32> = (own..all)
        .collect::<Vec<_>>()
        .iter()
        .map(&mut number)
        .collect();
    let first_stub = next.start;
    for (position, answer) in answers.iter().enumerate() {
        in_skill.insert(position as u32, in_bridge[answer]);
    }
    let mut stubs = Vec::new();
    for index in (0..imported).filter(|index| is_glue(*index)) {
        let name = bridge.imports[index as usize].name;
        let function = match resolve::glue(skill, name)? {
            Some(function) => in_skill[&function],
            None => {
                stubs.push(match name {
                    "copy_in" => Stub::copy("glue.copy_in", SKILL_MEMORY, BRIDGE_MEMORY),
                    "copy_out" => Stub::copy("glue.copy_out", BRIDGE_MEMORY, SKILL_MEMORY),
                    "pages" => Stub::pages(),
                    other => {
                        return Err(AdaptError::Invalid(format!(
                            "the bridge imports glue.{other}"
                        )));
                    }
                });
                first_stub + stubs.len() as u32 - 1
            }
        };
        in_bridge.insert(index, function);
    }
    let mut initialisers = Vec::new();
    let own_init = [bridge.start, bridge.exported("_initialize")];
    initialisers.extend(
        own_init
            .into_iter()
            .flatten()
            .map(|index| in_bridge[&index]),
    );
    let skill_init = [skill.start, skill.exported("_initialize")];
    initialisers.extend(
        skill_init
            .into_iter()
            .flatten()
            .map(|index| in_skill[&index]),
    );
    stubs.push(Stub::in_turn("_initialize", &initialisers));
    let layout = Layout {
        kept_imports,
        kept_functions,
        bridge: in_bridge,
        skill: in_skill,
        stubs: first_stub,
    };
    Ok((layout, stubs))
}

fn encode(
    skill: &Module<'_>,
    bridge: &Module<'_>,
    layout: &Layout,
    stubs: &[Stub],
) -> Result<Vec<u8>, AdaptError> {
    let count = |section: Option<u32>| section.unwrap_or_default();
    let bridge_data = count(bridge.data_section.as_ref().map(|section| section.count()));
    let skill_data = count(skill.data_section.as_ref().map(|section| section.count()));
    let mut of_bridge = Moved {
        types: 0,
        functions: &layout.bridge,
        tables: 0,
        memory: BRIDGE_MEMORY,
        globals: 0,
        elements: 0,
        data: 0,
    };
    let mut of_skill = Moved {
        types: bridge.types.len() as u32,
        functions: &layout.skill,
        tables: count(bridge.table_section.as_ref().map(|section| section.count())),
        memory: SKILL_MEMORY,
        globals: count(
            bridge
                .global_section
                .as_ref()
                .map(|section| section.count()),
        ),
        elements: count(
            bridge
                .element_section
                .as_ref()
                .map(|section| section.count()),
        ),
        data: bridge_data,
    };
    let failed = |error: reencode::Error<Unknown>| AdaptError::Invalid(error.to_string());

    let (mut types, mut tables, mut memories) = (
        TypeSection::new(),
        TableSection::new(),
        MemorySection::new(),
    );
    let (mut globals, mut elements, mut data) = (
        GlobalSection::new(),
        ElementSection::new(),
        DataSection::new(),
    );
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for index in &layout.kept_functions {
        let defined = *index as usize - bridge.imports.len();
        functions.function(bridge.functions[defined]);
        of_bridge
            .parse_function_body(&mut code, bridge.code[defined].clone())
            .map_err(failed)?;
    }
    for (ty, body) in skill.functions.iter().zip(&skill.code) {
        functions.function(*ty + of_skill.types);
        of_skill
            .parse_function_body(&mut code, body.clone())
            .map_err(failed)?;
    }
    for (moved, module) in [(&mut of_bridge, bridge), (&mut of_skill, skill)] {
        if let Some(section) = &module.type_section {
            moved
                .parse_type_section(&mut types, section.clone())
                .map_err(failed)?;
        }
        if let Some(section) = &module.table_section {
            moved
                .parse_table_section(&mut tables, section.clone())
                .map_err(failed)?;
        }
        if let Some(memory) = module.memory {
            memories.memory(moved.memory_type(memory).map_err(failed)?);
        }
        if let Some(section) = &module.global_section {
            moved
                .parse_global_section(&mut globals, section.clone())
                .map_err(failed)?;
        }
        if let Some(section) = &module.element_section {
            moved
                .parse_element_section(&mut elements, section.clone())
                .map_err(failed)?;
        }
        if let Some(section) = &module.data_section {
            moved
                .parse_data_section(&mut data, section.clone())
                .map_err(failed)?;
        }
    }
    for stub in stubs {
        functions.function(types.len());
        types
            .ty()
            .function(stub.params.iter().copied(), stub.results.iter().copied());
        code.function(&stub.body);
    }
    let mut imports = ImportSection::new();
    for index in &layout.kept_imports {
        let import = &bridge.imports[*index as usize];
        imports.import(import.module, import.name, EntityType::Function(import.ty));
    }

    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables);
    module
        .section(&memories)
        .section(&globals)
        .section(&exports(bridge, layout, stubs));
    if !elements.is_empty() {
        module.section(&elements);
    }
    let data_count = DataCountSection {
        count: bridge_data + skill_data,
    };
    module.section(&data_count).section(&code).section(&data);
    let added = stubs
        .iter()
        .zip(layout.stubs..)
        .map(|(stub, index)| (index, stub.name.clone()));
    let exported = bridge
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func);
    let exported = exported.filter_map(|export| {
        Some((
            *layout.bridge.get(&export.index)?,
            format!("bridge.{}", export.name),
        ))
    });
    let place = |index: u32| layout.skill[&index];
    module.section(&names::section(skill, place, exported.chain(added)));
    for (name, data) in &bridge.customs {
        if name.starts_with("component-type") {
            module.section(&CustomSection {
                name: (*name).into(),
                data: (*data).into(),
            });
        }
    }
    Ok(module.finish())
}

/// What the bridge exports for the component, its memory, and the initialiser.
fn exports(bridge: &Module<'_>, layout: &Layout, stubs: &[Stub]) -> ExportSection {
    let mut section = ExportSection::new();
    for export in &bridge.exports {
        let for_skill = FOR_SKILL
            .iter()
            .any(|prefix| export.name.starts_with(prefix));
        match export.kind {
            ExternalKind::Memory => {
                section.export(export.name, ExportKind::Memory, BRIDGE_MEMORY);
            }
            ExternalKind::Func if !for_skill && export.name != "_initialize" => {
                section.export(export.name, ExportKind::Func, layout.bridge[&export.index]);
            }
            _ => {}
        }
    }
    // The last of the stubs.
    let initialise = layout.stubs + stubs.len() as u32 - 1;
    section.export("_initialize", ExportKind::Func, initialise);
    section
}

#[cfg(test)]
mod tests {
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

    /// The interfaces that a component imports.
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
    fn what_cannot_be_adapted_is_named() {
        for (before, after, part) in [
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
            ("", "", "no memory of its own"),
            ("", "(memory 1) (memory 1)", "several memories"),
            ("", "(memory 1 1 shared)", "threads"),
            ("", "(memory i64 1)", "64 bits"),
            ("", "(memory 1) (tag)", "exceptions"),
        ] {
            let error = error(&module(before, after));
            assert!(error.contains(part), "{before} {after}: {error}");
        }
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
        for absent in [
            "filesystem",
            "http",
            "shell",
            "tcp",
            "wasi:filesystem",
            "wasi:random",
        ] {
            assert!(
                !plain.iter().any(|name| name.contains(absent)),
                "{absent}: {plain:?}"
            );
        }
        let reads = r#"(import "env" "fs_read" (func (param i32 i32) (result i64)))"#;
        let reads = imports(&adapt(&module(reads, MEMORY)).unwrap().component);
        assert!(
            reads.contains(&"luminarys:skill/filesystem@1.0.0".to_owned()),
            "{reads:?}"
        );
    }

    #[test]
    fn names_survive() {
        let component = adapt(&module("", MEMORY)).unwrap().component;
        let found = |name: &[u8]| component.windows(name.len()).any(|bytes| bytes == name);
        assert!(found(b"handle") && found(b"glue.copy_in") && found(b"old"));
    }
}
