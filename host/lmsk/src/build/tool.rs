//! Runs a language's tools.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::report;

/// Runs `command` to its end, with the spinner text `what`. `install` says how to get the tool.
///
/// # Errors
/// Fails if the tool is missing, or fails itself: with its output.
pub(super) fn run(command: &mut Command, what: &str, install: &str) -> anyhow::Result<()> {
    let output = {
        let _progress = report::progress(what);
        command.stdin(Stdio::null()).output()
    };
    let name = command.get_program().display().to_string();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("{name} is not installed; {install}")
        }
        other => other.with_context(|| format!("running {name}"))?,
    };
    if output.status.success() {
        return Ok(());
    }
    let words = command
        .get_args()
        .collect::<Vec<&OsStr>>()
        .join(OsStr::new(" "));
    let mut outcome = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let out = String::from_utf8_lossy(&output.stdout);
    if !out.trim().is_empty() {
        outcome = format!("{}\n{outcome}", out.trim());
    }
    bail!(
        "{what} failed: {name} {}\n{}",
        words.display(),
        outcome.trim()
    )
}
