//! Python: componentize-py builds a component from the interpreter and the source.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool;
use crate::files;
use crate::wit::Wit;

/// Builds the component. componentize-py is found in the project's `.venv`, `LMSK_COMPONENTIZE_PY`, or the path.
pub(super) fn build(directory: &Path, wit: &Wit) -> anyhow::Result<Vec<u8>> {
    let work = tempfile::tempdir()?;
    let out = work.path().join("skill.wasm");
    let mut command = Command::new(program(directory));
    command.current_dir(directory).arg("-d").arg(wit.path());
    command
        .args(["-w", wit.world(), "componentize", "app", "-o"])
        .arg(&out);
    let what = format!("building {} with componentize-py", directory.display());
    let install = "run: python3 -m venv .venv && .venv/bin/pip install -r requirements.txt";
    tool::run(&mut command, &what, install)?;
    files::read(&out)
}

fn program(directory: &Path) -> PathBuf {
    let named = std::env::var_os("LMSK_COMPONENTIZE_PY");
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return named.into();
    }
    let own = directory.join(".venv/bin/componentize-py");
    // Absolute: the tool runs in the project's folder.
    match own.canonicalize() {
        Ok(_) => std::path::absolute(&own).unwrap_or(own),
        Err(_) => PathBuf::from("componentize-py"),
    }
}
