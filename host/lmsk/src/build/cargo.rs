//! Cargo: reads a crate's metadata, and builds it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::cli::Source;
use crate::report;

/// The settings in the crate's Cargo.toml.
pub(crate) struct Crate {
    pub name: String,
    /// Directories of WIT, the skill's own last.
    pub wit: Vec<PathBuf>,
    /// The world, if there are several.
    pub world: Option<String>,
    /// Whether `initialize` of the world prepares a snapshot.
    pub snapshot: bool,
    has_sdk: bool,
}

impl Crate {
    pub fn read(arguments: &Source) -> anyhow::Result<Self> {
        let manifest = arguments.dir.join("Cargo.toml");
        let shown = manifest.display();
        ensure!(
            manifest.is_file(),
            "{shown} is missing; name the crate's directory"
        );
        let output = Command::new(&arguments.cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(&manifest)
            .stdin(Stdio::null())
            .output()
            .with_context(|| no_cargo(arguments))?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .context("reading the output of cargo metadata")?;
        let wanted = manifest.canonicalize()?;
        let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
        let is_wanted = |package: &&Value| {
            let path = package["manifest_path"].as_str().map(Path::new);
            path.and_then(|path| path.canonicalize().ok()).as_deref() == Some(&wanted)
        };
        let package = packages.iter().find(is_wanted);
        let package = package.with_context(|| format!("{shown} does not describe a package"))?;
        let ours = &package["metadata"]["luminarys"];
        let wit = match &ours["wit"] {
            Value::Null => vec![arguments.dir.join("wit")],
            list => texts(list)
                .with_context(|| {
                    format!("{shown}: package.metadata.luminarys.wit must be a list of paths")
                })?
                .into_iter()
                .map(|path| arguments.dir.join(path))
                .collect(),
        };
        let snapshot = match &ours["snapshot"] {
            Value::Null => false,
            flag => flag.as_bool().with_context(|| {
                format!("{shown}: package.metadata.luminarys.snapshot must be true or false")
            })?,
        };
        Ok(Self {
            snapshot,
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            wit,
            world: ours["world"].as_str().map(str::to_owned),
            has_sdk: package["dependencies"].as_array().is_some_and(|found| {
                found
                    .iter()
                    .any(|dependency| dependency["name"] == "luminarys-sdk")
            }),
        })
    }

    /// The SDK for the skill's descriptor.
    pub fn sdk(&self) -> &'static str {
        if self.has_sdk {
            "luminarys-sdk"
        } else {
            "wit-bindgen"
        }
    }

    /// Builds the crate, and returns the file.
    ///
    /// `target` is the default target.
    pub fn build(&self, arguments: &Source, target: &str) -> anyhow::Result<PathBuf> {
        let target = arguments.target.as_deref().unwrap_or(target);
        let output = self.run(arguments, target)?;
        if !output.status.success() {
            let outcome = String::from_utf8_lossy(&output.stderr);
            bail!(
                "the build failed:\n{}{}",
                outcome.trim(),
                hint(&outcome, target)
            );
        }
        artifact(&output.stdout).with_context(|| {
            format!(
                "{} made no WebAssembly library; its Cargo.toml needs [lib] crate-type = [\"cdylib\"]",
                self.name
            )
        })
    }

    fn run(&self, arguments: &Source, target: &str) -> anyhow::Result<std::process::Output> {
        let _progress = report::progress(&format!("building {} for {}", self.name, target));
        let mut command = Command::new(&arguments.cargo);
        command
            .args(["build", "--release", "--target", target])
            .args(["--message-format", "json-render-diagnostics"])
            .args(arguments.cargo_flags.split_whitespace())
            .args(["--package", &self.name])
            .current_dir(&arguments.dir)
            .stdin(Stdio::null());
        command.output().with_context(|| no_cargo(arguments))
    }
}

/// Returns the last WebAssembly library in cargo's messages.
fn artifact(messages: &[u8]) -> Option<PathBuf> {
    let lines = messages.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let libraries = messages.filter(|message| {
        let kinds = message["target"]["kind"].as_array();
        let is_library = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
        message["reason"] == "compiler-artifact" && is_library
    });
    let files = libraries.filter_map(|message| texts(&message["filenames"]));
    files
        .flatten()
        .rfind(|file| file.ends_with(".wasm"))
        .map(PathBuf::from)
}

fn texts(list: &Value) -> Option<Vec<String>> {
    let texts = list.as_array()?.iter();
    texts.map(|text| text.as_str().map(str::to_owned)).collect()
}

fn no_cargo(arguments: &Source) -> String {
    let cargo = OsString::from(&arguments.cargo);
    format!(
        "running {}; install Rust from https://rustup.rs",
        cargo.display()
    )
}

fn hint(outcome: &str, target: &str) -> String {
    let missing = ["can't find crate for `core`", "target may not be installed"];
    if missing.iter().any(|part| outcome.contains(part)) {
        format!("\nthe target is missing; run: rustup target add {target}")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_found_in_the_messages() {
        let messages = br#"not json
{"reason":"compiler-artifact","target":{"kind":["lib"]},"filenames":["/t/libdep.rlib"]}
{"reason":"compiler-artifact","target":{"kind":["cdylib"]},"filenames":["/t/a.d","/t/a.wasm"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(artifact(messages), Some(PathBuf::from("/t/a.wasm")));
        assert_eq!(artifact(b""), None);
    }
}
