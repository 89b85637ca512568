//! `lmsk generate`: generates the code between a skill's annotated functions and the host.
//!
//! - `source`: finds the skill's source files and their language
//! - `go`, `assemblyscript`, `rust_core`: the older ABI, on its public SDKs; the code that all skills share is in
//!   `support.*.txt`
//! - `rust_component`: a WIT world and the glue on wit-bindgen
//! - `quote`: string literals of each language
//! - `output`: formatting, comparing, writing

mod assemblyscript;
mod go;
mod output;
mod quote;
mod rust_component;
mod rust_core;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use luminarys_annotations::{Language, Skill};
use serde_json::json;

use crate::cli::{Abi, Generate};
use crate::report::Report;

/// Words that cannot be identifiers in Rust.
pub(crate) const RUST_KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A generated file and its expected content.
pub(crate) struct Generated {
    pub path: PathBuf,
    pub text: String,
}

/// The files generated from an annotated source.
pub(crate) struct Output {
    /// The content of its annotations.
    pub skill: Skill,
    /// The ABI of the files.
    pub abi: Abi,
    /// The files, formatted.
    pub files: Vec<Generated>,
}

pub(crate) fn run(arguments: &Generate) -> anyhow::Result<Report> {
    let output = generate(
        &arguments.path,
        arguments.lang.map(Into::into),
        arguments.abi,
        arguments.out.as_deref(),
    )?;
    let changed = match arguments.check {
        true => output::different(&output.files)?,
        false => write(&output.files)?,
    };
    if arguments.check {
        let names: Vec<String> = changed
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let names = names.join(", ");
        ensure!(
            changed.is_empty(),
            "out of date; run `lmsk generate`: {names}"
        );
    }
    if arguments.json {
        let files: Vec<_> = output.files.iter().map(|file| &file.path).collect();
        return Ok(Report::json(&json!({
            "id": output.skill.descriptor.id,
            "language": output.skill.language.name(),
            "abi": output.abi.name(),
            "methods": output.skill.descriptor.methods.len(),
            "files": files,
            "changed": changed,
        })));
    }
    let mut text = String::new();
    for file in &output.files {
        let state = if changed.contains(&file.path) {
            "written"
        } else {
            "unchanged"
        };
        text.push_str(&format!("{}  {state}\n", file.path.display()));
    }
    Ok(Report::text(text))
}

/// Reads the source at `path` and generates its files without writing them. Prints warnings.
pub(crate) fn generate(
    path: &Path,
    language: Option<Language>,
    abi: Option<Abi>,
    out: Option<&Path>,
) -> anyhow::Result<Output> {
    make(&source::find(path, language)?, abi, out)
}

/// The same for a project to be built: `None` if its source has no annotations.
pub(crate) fn for_project(directory: &Path) -> anyhow::Result<Option<Output>> {
    let source = source::annotated(directory)?;
    source.map(|source| make(&source, None, None)).transpose()
}

fn make(source: &Source, abi: Option<Abi>, out: Option<&Path>) -> anyhow::Result<Output> {
    let skill = source.read()?;
    let abi = abi.unwrap_or_else(|| source.abi());
    if abi == Abi::Component && source.language == Language::Rust {
        rust_component::check(&skill)?;
    }
    let directory = out.unwrap_or(&source.directory);
    let mut files = match (source.language, abi) {
        (Language::Go, Abi::Core) => vec![Generated {
            path: directory.join("main.go"),
            text: go::main(&skill),
        }],
        (Language::AssemblyScript, Abi::Core) => vec![Generated {
            path: directory.join("lib.ts"),
            text: assemblyscript::library(&skill),
        }],
        (Language::Rust, Abi::Core) => vec![Generated {
            path: directory.join("lib.rs"),
            text: rust_core::library(&skill),
        }],
        (Language::Rust, Abi::Component) => vec![
            Generated {
                path: source.root.join("wit").join("skill.wit"),
                text: rust_component::world(&skill),
            },
            Generated {
                path: directory.join("lib.rs"),
                text: rust_component::library(&skill),
            },
        ],
        (language, Abi::Component) => bail!(
            "component glue is generated for Rust only; for {} use --abi core, and `lmsk build` converts the result to a component",
            language.name()
        ),
    };
    for file in &mut files {
        output::format(file)?;
    }
    Ok(Output { skill, abi, files })
}

pub(crate) use output::{is_generated, write};
use source::Source;
