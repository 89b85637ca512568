//! The languages that annotations are read from, and their files.

use std::path::PathBuf;

/// The language of a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `skill.rs`, parsed by syn.
    Rust,
    /// A package's files, parsed by tree-sitter.
    Go,
    /// `skill.ts`, parsed by tree-sitter as TypeScript.
    AssemblyScript,
}

impl Language {
    /// Returns the name in a descriptor.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::AssemblyScript => "assemblyscript",
        }
    }
}

/// One file's text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its name in diagnostics.
    pub path: PathBuf,
    /// The complete identity.
    pub text: String,
}
