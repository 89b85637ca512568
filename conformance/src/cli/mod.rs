//! Transcripts: command lines of `luminarys` and `lmsk` and what they print, kept as expected text beside the cases.
//!
//! `cases/cli/NAME.yaml` holds the command lines and `NAME.expected` what they print; `BLESS=1` rewrites the latter.
//!
//! - `case`: the format of a file of cases; `desk`: the directory that one runs in
//! - `normalise`: replaces what differs between machines; `words`: splits command lines

mod case;
mod desk;
mod normalise;
mod words;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use desk::Desk;

/// Runs every case of a file and returns their transcripts, one after the other.
///
/// # Errors
/// Fails if the file cannot be read, or a program cannot be started.
pub fn transcript(file: &Path) -> anyhow::Result<String> {
    let mut out = String::new();
    for case in case::load(file)? {
        let desk = Desk::new(&case).with_context(|| case.name.clone())?;
        let _ = writeln!(out, "=== {}", case.name);
        for line in &case.run {
            let ended = desk.run(line).with_context(|| line.clone())?;
            let _ = writeln!(out, "$ {line}");
            out += &normalise::lines(&ended.out, desk.home());
            if !ended.err.is_empty() {
                out += "--- standard error\n";
                out += &normalise::lines(&ended.err, desk.home());
            }
            if ended.code != Some(0) {
                let code = ended
                    .code
                    .map_or("a signal".to_owned(), |code| code.to_string());
                let _ = writeln!(out, "--- exit {code}");
            }
        }
        out.push('\n');
    }
    Ok(out)
}
