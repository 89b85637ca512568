//! Commands, as `permissions.shell` allows.

use serde::{Deserialize, Serialize};

use super::values::{is_default, optional, positive};
use crate::SkillError;
use crate::skill::shell::{self, Command, End, RunOptions, StartOptions};

/// What shells say of a signal.
const SIGNALLED: i64 = 128;

/// A command to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShellExecRequest {
    /// Split into words as a POSIX shell does; nothing else of a shell is there.
    pub command: String,
    /// Where; empty means the manifest's first directory.
    #[serde(default)]
    pub workdir: String,
    /// 0 means 30 seconds.
    #[serde(default)]
    pub timeout_ms: i64,
    /// So many of the last lines; 0 means all.
    #[serde(default)]
    pub tail: i64,
    /// Only lines in which this regular expression is found; empty means all.
    #[serde(default)]
    pub grep: String,
    /// Goes on after the call; timeout, `grep` and `tail` do not count then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub as_daemon: bool,
    /// Where the output of a daemon goes; empty means a file of the host's choice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub log_file: String,
}

/// What came of a command.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShellExecResult {
    /// Output and errors in the order in which they came.
    pub output: String,
    /// 0 for success; 128 and the signal's number when one ended it.
    pub exit_code: i64,
    /// Of a daemon.
    pub pid: i64,
    /// Of a daemon.
    #[serde(skip_serializing_if = "is_default")]
    pub log_file: String,
    /// Empty: what fails is an error.
    pub error: String,
}

/// Runs a command. A code that is not zero is no error.
///
/// # Errors
/// As `shell::run` and `shell::start`.
pub fn shell_exec(req: &ShellExecRequest) -> Result<ShellExecResult, SkillError> {
    let command = Command::Line(req.command.clone());
    if req.as_daemon {
        let options = StartOptions::new();
        if let Some(path) = optional(&req.workdir) {
            options.set_directory(path);
        }
        if let Some(path) = optional(&req.log_file) {
            options.set_log_file(path);
        }
        let daemon = shell::start(&command, Some(&options))?.info()?;
        return Ok(ShellExecResult {
            pid: daemon.pid.into(),
            log_file: daemon.log_file,
            ..ShellExecResult::default()
        });
    }
    let options = RunOptions::new();
    if let Some(path) = optional(&req.workdir) {
        options.set_directory(path);
    }
    if let Some(pattern) = optional(&req.grep) {
        options.set_grep(pattern);
    }
    options.set_timeout(positive(req.timeout_ms).unwrap_or(0).into());
    options.set_tail(positive(req.tail).unwrap_or(0));
    let finished = shell::run(&command, Some(&options))?;
    Ok(ShellExecResult {
        output: finished.output,
        exit_code: match finished.end {
            End::Exit(code) => code.into(),
            End::Signal(signal) => SIGNALLED + i64::from(signal),
        },
        ..ShellExecResult::default()
    })
}
