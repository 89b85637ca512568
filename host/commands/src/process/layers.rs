//! Asks a process of its own what this machine confines commands with.

use std::io;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::role::{ARGUMENT, LAYERS, PROGRAM};
use super::spec::Layers;

/// Returns what this machine confines commands with. The first call starts a process that finds it out.
pub fn layers() -> Layers {
    static FOUND: OnceLock<Layers> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            ask().unwrap_or_else(|error| Layers {
                without: format!("{PROGRAM} cannot be asked: {error}"),
                ..Layers::default()
            })
        })
        .clone()
}

fn ask() -> io::Result<Layers> {
    let mut command = Command::new(PROGRAM);
    command.arg(ARGUMENT).arg(LAYERS).env_clear();
    let output = command.stdin(Stdio::null()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}
