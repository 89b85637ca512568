//! Why a module cannot be adapted.

use thiserror::Error;

use crate::kind::KindError;

/// A module cannot be adapted.
#[derive(Debug, Error)]
pub enum AdaptError {
    /// The bytes are not WebAssembly.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// It is something else than a skill of the older ABI; what to do about that.
    #[error("{0}")]
    Other(String),
    /// wasmparser's reason, with the offset.
    #[error("the module is broken: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// An import that no host of the older ABI offers.
    #[error(
        "the module imports {module}.{name} {signature}, which hosts of the older skill ABI do not offer{hint}"
    )]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// What it wants.
        signature: String,
        /// What may be wrong.
        hint: &'static str,
    },
    /// An import that is no function.
    #[error(
        "the module imports the {kind} {module}.{name}; a skill has its own: build it without importing it"
    )]
    ImportKind {
        /// `memory`, `table`, `global` or `tag`.
        kind: &'static str,
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// An export of the ABI has other types.
    #[error("the export {export} has the type {found}; the skill ABI wants {expected}")]
    Signature {
        /// The export.
        export: &'static str,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A feature of WebAssembly that adapted skills cannot use.
    #[error("the module uses {0}, which skills of the older ABI cannot; build it without")]
    Feature(&'static str),
    /// More data segments than any reader takes.
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
    /// The result is not valid; the module was not, or this crate is wrong.
    #[error("the adapted module is not valid: {0}")]
    Invalid(String),
    /// No component could be made of the result.
    #[error("no component can be made of the adapted module: {0}")]
    Encode(String),
}
