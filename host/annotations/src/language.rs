//! The languages that annotations are read from, and their files.

use std::path::PathBuf;

/// What a skill is written in.
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
    /// As a descriptor names it.
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
    /// As diagnostics show it.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}
