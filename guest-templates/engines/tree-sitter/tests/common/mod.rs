//! The samples, and calls with few words.

#![allow(dead_code)]

use std::path::Path;

use tree_sitter_skill::Skill;
use tree_sitter_skill::syntax::{Change, Definition, Definitions, Edited, Guest as _};

/// A file of `tests/samples`.
pub struct Sample {
    pub name: String,
    pub language: &'static str,
    pub text: String,
    /// The list of its symbols.
    pub symbols: String,
}

/// Returns all of them in the order of their names.
pub fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "symbols"))
        .collect();
    paths.sort();
    let sample = |path: &Path| {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let list = format!("{}.symbols", path.display());
        Sample {
            language: tree_sitter_skill::Language::of_file(&name)
                .expect("a language")
                .name,
            text: std::fs::read_to_string(path).expect("a sample"),
            symbols: std::fs::read_to_string(list).expect("a list of symbols"),
            name,
        }
    };
    paths.iter().map(|path| sample(path)).collect()
}

/// Returns the sample of that name.
pub fn sample(name: &str) -> Sample {
    samples()
        .into_iter()
        .find(|one| one.name == name)
        .expect("a sample")
}

pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Calls `outline`.
pub fn outline(text: &str, language: &str, budget: u32) -> Definitions {
    Skill::outline(
        None,
        some(text),
        None,
        some(language),
        None,
        None,
        Some(budget),
    )
    .expect("an outline")
}

/// Calls `symbol` with room for all bodies.
pub fn symbol(name: &str, text: &str, language: &str) -> Definitions {
    Skill::symbol(
        name.to_owned(),
        None,
        some(text),
        None,
        some(language),
        Some(100_000),
    )
    .expect("an answer")
}

/// Calls `edit`.
pub fn edit(edits: Vec<Change>, text: &str, language: &str) -> Result<Edited, String> {
    Skill::edit(edits, None, some(text), None, some(language), Some(true))
}

/// Returns a symbol's name with what it is in.
pub fn path(symbol: &Definition) -> String {
    let parent = symbol
        .parent
        .as_ref()
        .map_or_else(String::new, |parent| format!("{parent}."));
    format!("{parent}{}", symbol.name)
}

/// Fails with all rows, if there are any.
pub fn report(rows: &[String]) {
    assert!(rows.is_empty(), "\n{}", rows.join("\n"));
}
