//! Errors of adapting a module.

use thiserror::Error;

use crate::kind::KindError;

/// Why a module cannot be adapted.
#[derive(Debug, Error)]
pub enum AdaptError {
    /// The bytes are not WebAssembly.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// It is not a skill of the older ABI; with advice.
    #[error("{0}")]
    Other(String),
    /// wasmparser's reason, with the offset.
    #[error("the module is not valid: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// An import that hosts of the older ABI do not provide.
    #[error(
        "the module imports {module}.{name} {signature}, which hosts of the older skill ABI do not provide{hint}"
    )]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// Its type.
        signature: String,
        /// The likely cause.
        hint: &'static str,
    },
    /// An import that is not a function.
    #[error(
        "the module imports the {kind} {module}.{name}; a skill must define its own: build it without this import"
    )]
    ImportKind {
        /// `memory`, `table`, `global` or `tag`.
        kind: &'static str,
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// An export of the ABI has the wrong type.
    #[error("the export {export} has the type {found}; the skill ABI requires {expected}")]
    Signature {
        /// The export.
        export: &'static str,
        /// What it has.
        found: String,
        /// The required type.
        expected: String,
    },
    /// A feature of WebAssembly that adapted skills cannot use.
    #[error("the module uses {0}, which skills of the older ABI cannot use; build it without")]
    Feature(&'static str),
    /// More data segments than readers accept.
    #[error(
        "the module has {count} data segments after neighbours are joined, and at most {most} can be read; \
         `wasm-opt --limit-segments` joins more of them"
    )]
    Segments {
        /// How many the module has.
        count: u32,
        /// How many can be read.
        most: u32,
    },
    /// The result is not valid; either the module is not, or this crate has a bug.
    #[error("the adapted module is not valid: {0}")]
    Invalid(String),
    /// The result could not be converted to a component.
    #[error("the adapted module cannot be converted to a component: {0}")]
    Encode(String),
}
