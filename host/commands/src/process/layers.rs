//! What this machine confines commands with, found out by trying.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::role::{ARGUMENT, LAYERS};
use super::spec::Layers;

/// What this machine confines commands with. `program` is what [`crate::start`] is given; the first call starts it.
pub fn layers(program: &Path) -> Layers {
    static FOUND: OnceLock<Layers> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            ask(program).unwrap_or_else(|error| Layers {
                without: format!("{} cannot be asked: {error}", program.display()),
                landlock: crate::isolation::landlock::support(),
                ..Layers::default()
            })
        })
        .clone()
}

fn ask(program: &Path) -> io::Result<Layers> {
    let mut command = Command::new(program);
    command.arg(ARGUMENT).arg(LAYERS).env_clear();
    let output = command.stdin(Stdio::null()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}
