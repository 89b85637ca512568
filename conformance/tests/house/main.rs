//! What the repository says about itself is true.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use luminarys_conformance::host::repository;
use serde_json::Value;

mod capabilities;
mod circles;
mod readme;
mod security;

/// The packages of the workspace, as `cargo metadata` describes them.
fn packages() -> anyhow::Result<Vec<Value>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(repository())
        .output()?;
    let mut metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    serde_json::from_value(metadata["packages"].take()).context("packages")
}

/// The folder of a package.
fn folder(package: &Value) -> anyhow::Result<PathBuf> {
    let manifest = package["manifest_path"].as_str().context("manifest_path")?;
    let mut folder = PathBuf::from(manifest);
    folder.pop();
    Ok(folder)
}
