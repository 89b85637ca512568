//! Detects the kind of a WebAssembly file by its imports, exports and custom sections. No code is run.

use thiserror::Error;
use wasmparser::{Encoding, ExternalKind, Parser, Payload};

/// The exports of a core module that is a skill of the older ABI.
const SKILL_EXPORTS: [&str; 4] = [
    "skill_alloc",
    "skill_free",
    "skill_handle",
    "skill_describe",
];

/// The kind of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A component.
    Component,
    /// A core module prepared by wit-bindgen, with the type of its component.
    ComponentModule,
    /// A core module of the older ABI.
    LegacySkill,
    /// A core module with only some of the older ABI's exports; the missing ones.
    IncompleteSkill(Vec<&'static str>),
    /// A program with `_start` and no functions to call.
    Command,
    /// Another core module.
    OtherModule,
}

impl Kind {
    /// Returns advice for a file that is not a component; `None` for a component.
    pub fn advice(&self) -> Option<String> {
        Some(match self {
            Self::Component => return None,
            Self::ComponentModule => {
                "it is a core module with a component type; run `lmsk build` on its crate for the component".to_owned()
            }
            Self::LegacySkill => "it is a core module of the older skill ABI; `lmsk adapt` converts it to a component".to_owned(),
            Self::IncompleteSkill(missing) => format!(
                "it is a core module that lacks the exports {}; in Go, build with -buildmode=c-shared",
                missing.join(", ")
            ),
            Self::Command => "it is a program, not a library: build a Rust crate as `crate-type = [\"cdylib\"]`, \
                              Go with -buildmode=c-shared"
                .to_owned(),
            Self::OtherModule => "it is a core module with neither a component type nor a skill's exports: \
                                  build for wasm32-wasip2, or with wit-bindgen"
                .to_owned(),
        })
    }
}

/// Why the kind of a file cannot be detected.
#[derive(Debug, Error)]
pub enum KindError {
    /// It is not a WebAssembly file.
    #[error("not a WebAssembly file")]
    Other,
    /// wasmparser's reason, with the offset.
    #[error("a WebAssembly file that is damaged: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
}

/// Detects the kind of `bytes` from the top-level sections only.
///
/// # Errors
/// [`KindError`] when a section cannot be read.
pub fn kind(bytes: &[u8]) -> Result<Kind, KindError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(KindError::Other);
    }
    let mut exports = Vec::new();
    let mut typed = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return Ok(Kind::Component),
            Payload::CustomSection(section) => {
                typed |= section.name().starts_with("component-type")
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exports.push(export.name);
                    }
                }
            }
            _ => {}
        }
    }
    let missing: Vec<_> = SKILL_EXPORTS
        .into_iter()
        .filter(|name| !exports.contains(name))
        .collect();
    Ok(match missing.len() {
        _ if typed => Kind::ComponentModule,
        0 => Kind::LegacySkill,
        count if count < SKILL_EXPORTS.len() => Kind::IncompleteSkill(missing),
        _ if exports.contains(&"_start") => Kind::Command,
        _ => Kind::OtherModule,
    })
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn kinds_of_files_are_detected() {
        let skill = r#"(module (func $f)
            (export "skill_alloc" (func $f)) (export "skill_free" (func $f)) (export "skill_handle" (func $f))"#;
        let rows = [
            ("(component)".to_owned(), Kind::Component),
            ("(module)".to_owned(), Kind::OtherModule),
            (
                r#"(module (func (export "_start")))"#.to_owned(),
                Kind::Command,
            ),
            (
                r#"(module (@custom "component-type:x" "\00"))"#.to_owned(),
                Kind::ComponentModule,
            ),
            (
                format!(r#"{skill} (export "skill_describe" (func $f)))"#),
                Kind::LegacySkill,
            ),
            (
                format!("{skill})"),
                Kind::IncompleteSkill(vec!["skill_describe"]),
            ),
        ];
        each_row(rows, |(text, expected)| {
            let bytes = wat::parse_str(&text).unwrap();
            let found = kind(&bytes).unwrap();
            assert_eq!(found, expected, "{text}");
            assert_eq!(found.advice().is_none(), found == Kind::Component);
            assert!(
                kind(&bytes[..bytes.len().saturating_sub(1).max(4)]).is_err() || bytes.len() == 8
            );
        });
    }

    #[test]
    fn other_bytes_are_an_error() {
        let rows = [&b""[..], b"\0asm", b"#!/bin/sh\n", &[0xff; 100]];
        each_row(rows, |bytes| {
            assert!(kind(bytes).is_err(), "{bytes:?}");
        });
    }
}
