//! Resolves imports: those of the skill to the bridge's exports, those of the bridge to the skill's exports and stubs.

use wasmparser::{FuncType, ValType};

use crate::error::AdaptError;
use crate::module::{Module, shown};

/// The skill's functions that the bridge imports, besides stubs.
pub(crate) const GLUE: &str = "glue";
const PREVIEW1: &str = "wasi_snapshot_preview1";
const ENV: &str = "env";
/// Functions of preview 1 for which the bridge has a variant that needs no directories.
const OF_DIRECTORIES: [&str; 2] = ["fd_prestat_get", "fd_prestat_dir_name"];

/// An export of the skill ABI: the bridge's import, its name, its type.
type AbiExport = (
    &'static str,
    &'static str,
    &'static [ValType],
    &'static [ValType],
);

const ABI: [AbiExport; 4] = [
    ("alloc", "skill_alloc", &[ValType::I32], &[ValType::I32]),
    ("free", "skill_free", &[ValType::I32], &[]),
    (
        "handle",
        "skill_handle",
        &[ValType::I32, ValType::I32],
        &[ValType::I64],
    ),
    ("describe", "skill_describe", &[], &[ValType::I64]),
];

/// Returns the skill's function for an import of the bridge from `glue`; `None` for stubs.
///
/// # Errors
/// [`AdaptError::Signature`]
pub(crate) fn glue(skill: &Module<'_>, name: &str) -> Result<Option<u32>, AdaptError> {
    let Some((_, export, params, results)) = ABI.iter().find(|(import, ..)| *import == name) else {
        return Ok(None);
    };
    let expected = FuncType::new(params.iter().copied(), results.iter().copied());
    let function = skill.exported(export);
    let found = function.and_then(|function| skill.signature(function));
    if found != Some(&expected) {
        return Err(AdaptError::Signature {
            export,
            found: found.map_or_else(|| "none".to_owned(), shown),
            expected: shown(&expected),
        });
    }
    Ok(function)
}

/// Returns the bridge's function for each import of the skill.
///
/// # Errors
/// [`AdaptError::UnknownImport`]
pub(crate) fn imports(skill: &Module<'_>, bridge: &Module<'_>) -> Result<Vec<u32>, AdaptError> {
    let opens = skill
        .imports
        .iter()
        .any(|import| import.module == PREVIEW1 && import.name.starts_with("path_"));
    let each = skill.imports.iter().map(|import| {
        let ty = &skill.types[import.ty as usize];
        let export = match import.module {
            ENV => Some(format!("env_{}", import.name)),
            PREVIEW1 if !opens && OF_DIRECTORIES.contains(&import.name) => {
                Some(format!("wasi_{}_none", import.name))
            }
            PREVIEW1 => Some(format!("wasi_{}", import.name)),
            _ => None,
        };
        let function = export.and_then(|export| bridge.exported(&export));
        let fits = function.filter(|function| bridge.signature(*function) == Some(ty));
        fits.ok_or_else(|| AdaptError::UnknownImport {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            signature: shown(ty),
            hint: hint(import.module),
        })
    });
    each.collect()
}

fn hint(module: &str) -> &'static str {
    match module {
        ENV => "; was it built for another host, or for a newer SDK than this version knows?",
        PREVIEW1 => "; does it have the wrong parameters for a function of preview 1?",
        "wasi_unstable" => "; build it for wasm32-wasip1",
        module if module.starts_with("wasi:") => {
            "; it is an unfinished component: build it for wasm32-wasip2"
        }
        _ => "; build it for wasm32-wasip1 or wasm32-unknown-unknown, without JavaScript glue",
    }
}
