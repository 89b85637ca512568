//! Finds a skill's source files.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use luminarys_annotations::{Language, Skill, SourceFile};

use super::output;
use crate::cli::Abi;
use crate::files;

/// A skill's source.
pub(super) struct Source {
    pub language: Language,
    /// The folder of the source and the generated files.
    pub directory: PathBuf,
    /// The project's folder, where `wit/` is created.
    pub root: PathBuf,
    files: Vec<PathBuf>,
}

/// The places of each language's source in a folder.
const PLACES: [(Language, &[&str]); 3] = [
    (Language::Rust, &["skill.rs", "src/skill.rs"]),
    (Language::AssemblyScript, &["skill.ts", "assembly/skill.ts"]),
    (Language::Go, &["."]),
];

/// Finds the source in a folder, if it has annotations.
pub(super) fn annotated(path: &Path) -> anyhow::Result<Option<Source>> {
    let Some(source) = look(path, None)? else {
        return Ok(None);
    };
    for file in &source.files {
        if files::read_text(file)?.contains("@skill:") {
            return Ok(Some(source));
        }
    }
    Ok(None)
}

/// Finds the source in the folder `path`, or the file that it names.
pub(super) fn find(path: &Path, wanted: Option<Language>) -> anyhow::Result<Source> {
    look(path, wanted)?.with_context(|| {
        format!(
            "{} has no annotated source: skill.rs or src/skill.rs, skill.ts or assembly/skill.ts, or Go files with @skill: lines",
            path.display()
        )
    })
}

/// The same; `None` if there is no source.
fn look(path: &Path, wanted: Option<Language>) -> anyhow::Result<Option<Source>> {
    ensure!(path.exists(), "{} does not exist", path.display());
    // So that files are named as a user would: main.go, not ./main.go.
    let path = path
        .strip_prefix(".")
        .ok()
        .filter(|_| path != Path::new("."))
        .unwrap_or(path);
    if path.is_file() {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let language = match extension {
            Some("rs") => Language::Rust,
            Some("ts") => Language::AssemblyScript,
            Some("go") => Language::Go,
            _ => bail!(
                "{} is not a source of a skill: expected .rs, .go or .ts",
                path.display()
            ),
        };
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        ensure!(
            wanted.is_none_or(|wanted| wanted == language),
            "{} is not a source in the language of --lang",
            path.display()
        );
        let parent = parent.unwrap_or(Path::new("."));
        return Ok(Some(made(language, parent, vec![path.to_owned()])));
    }
    for (language, places) in PLACES {
        if wanted.is_some_and(|wanted| wanted != language) {
            continue;
        }
        if language == Language::Go {
            let files = go_files(path)?;
            if !files.is_empty() {
                return Ok(Some(made(language, path, files)));
            }
            continue;
        }
        for place in places {
            let file = path.join(place);
            if file.is_file() {
                let directory = file.parent().unwrap_or(path).to_owned();
                return Ok(Some(made(language, &directory, vec![file])));
            }
        }
    }
    Ok(None)
}

fn made(language: Language, directory: &Path, files: Vec<PathBuf>) -> Source {
    let name = directory.file_name().and_then(|name| name.to_str());
    let root = match (language, name) {
        (Language::Rust, Some("src")) | (Language::AssemblyScript, Some("assembly")) => {
            directory.parent().unwrap_or(directory).to_owned()
        }
        _ if directory.ends_with("..") || name.is_none() => directory.join(match language {
            Language::Rust => "..",
            _ => ".",
        }),
        _ => directory.to_owned(),
    };
    Source {
        language,
        directory: directory.to_owned(),
        root,
        files,
    }
}

/// Returns the handwritten files of a Go package that belong to the skill.
fn go_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let failed = || format!("reading {}", directory.display());
    let built = go_build(directory);
    let mut found = Vec::new();
    let mut annotated = false;
    for entry in std::fs::read_dir(directory).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let left_out = name.starts_with(['.', '_']) || name.ends_with("_test.go");
        if !name.ends_with(".go") || left_out || !path.is_file() {
            continue;
        }
        if built
            .as_ref()
            .is_some_and(|built| !built.iter().any(|known| known == name))
        {
            continue;
        }
        let text = files::read_text(&path)?;
        if output::is_generated(&text) {
            continue;
        }
        annotated |= text.contains("@skill:");
        found.push(path);
    }
    found.sort();
    Ok(if annotated { found } else { Vec::new() })
}

/// Returns the files that Go builds here for WASI, according to build tags and file names. `None` if Go cannot be run.
fn go_build(directory: &Path) -> Option<Vec<String>> {
    let mut command = Command::new("go");
    command
        .current_dir(directory)
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm");
    command.args(["list", "-e", "-f", r#"{{join .GoFiles "\n"}}"#, "."]);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let listed = String::from_utf8(output.stdout).ok()?;
    let names: Vec<String> = listed
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    (output.status.success() && !names.is_empty()).then_some(names)
}

impl Source {
    /// Reads the annotations and prints warnings.
    pub fn read(&self) -> anyhow::Result<Skill> {
        let mut read = Vec::new();
        for path in &self.files {
            let shown = path.strip_prefix("./").unwrap_or(path).to_owned();
            let text = files::read_text(path)?;
            read.push(SourceFile { path: shown, text });
        }
        let colour = std::io::stderr().is_terminal();
        match luminarys_annotations::read(self.language, read.clone()) {
            Ok((skill, warnings)) => {
                for warning in warnings {
                    eprintln!("{}\n", warning.render(&read, colour));
                }
                Ok(skill)
            }
            Err(problems) => {
                // Separately, since errors are printed without colours.
                eprintln!("{}\n", problems.render(colour));
                bail!("the annotations have errors")
            }
        }
    }

    /// Returns the project's ABI: in Rust it follows from the dependency, other languages have one.
    pub fn abi(&self) -> Abi {
        if self.language != Language::Rust {
            return Abi::Core;
        }
        let manifest = files::read_text(&self.root.join("Cargo.toml")).unwrap_or_default();
        let parsed: Option<toml::Table> = manifest.parse().ok();
        let dependency = parsed.as_ref().and_then(|table| table.get("dependencies"));
        let version = dependency.and_then(|found| found.get("luminarys-sdk"));
        let version = version.and_then(|found| match found.as_str() {
            Some(text) => Some(text),
            None => found.get("version")?.as_str(),
        });
        match version {
            Some(version)
                if version
                    .trim_start_matches(['^', '=', '~', ' '])
                    .starts_with("0.") =>
            {
                Abi::Core
            }
            _ => Abi::Component,
        }
    }
}
