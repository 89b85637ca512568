//! Go: a reactor module for WASI preview 1.

use std::path::Path;
use std::process::Command;

use crate::files;

use super::tool;

/// Builds the core module.
pub(super) fn build(directory: &Path) -> anyhow::Result<Vec<u8>> {
    let work = tempfile::tempdir()?;
    let out = work.path().join("skill.wasm");
    let mut command = Command::new("go");
    command
        .current_dir(directory)
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .args(["build", "-buildmode=c-shared", "-trimpath", "-o"])
        .arg(&out)
        .arg(".");
    let what = format!("building {} with Go", directory.display());
    tool::run(
        &mut command,
        &what,
        "Go 1.24 or later is at https://go.dev/dl",
    )?;
    files::read(&out)
}
