//! How a command fails.

use std::io;
use std::time::Duration;

use luminarys_grants::Denial;
use thiserror::Error;

use crate::manifest::carved::Uncarvable;
use crate::process::start::ProcessError;

/// A command that was not run, or not to its end. The text names what was asked and what is in the way.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The line cannot be split into words, or the words cannot be run.
    #[error("the command: {0}")]
    Invalid(String),
    /// The expression that lines of the output must match is invalid.
    #[error("grep: {0}")]
    Grep(#[source] regex::Error),
    /// The expression that lines of the output must match is too long.
    #[error("grep: an expression of {length} bytes; at most {most} are compiled")]
    GrepTooLong {
        /// Bytes of the expression.
        length: usize,
        /// The most that is compiled.
        most: usize,
    },
    /// The timeout is longer than the manifest allows.
    #[error(
        "a timeout of {} s; permissions.shell.max_timeout_seconds is {}",
        .asked.as_secs(), .most.as_secs()
    )]
    TimeoutTooLong {
        /// The timeout that the skill asks for.
        asked: Duration,
        /// The manifest's limit.
        most: Duration,
    },
    /// The command took longer than its timeout and was killed.
    #[error("{command}: killed after {} ms; its output until then:\n{output}", .timeout.as_millis())]
    TimedOut {
        /// The words on one line.
        command: String,
        /// The timeout.
        timeout: Duration,
        /// The beginning of what is kept of its output.
        output: String,
    },
    /// The command had too many processes and was killed.
    #[error(
        "{command}: killed with more than {most} processes, the skill's permissions.shell.max_processes"
    )]
    TooManyProcesses {
        /// The words on one line.
        command: String,
        /// The manifest's limit.
        most: u64,
    },
    /// The command's processes took too much memory and were killed.
    #[error(
        "{command}: killed with more than {most} MiB of memory, the skill's permissions.shell.max_memory_mb"
    )]
    TooMuchMemory {
        /// The words on one line.
        command: String,
        /// The manifest's limit, in MiB.
        most: u64,
    },
    /// As many daemons run as the manifest allows.
    #[error(
        "{most} daemons are running, as many as the skill's permissions.shell.max_daemons allows"
    )]
    TooManyDaemons {
        /// The manifest's limit.
        most: u64,
    },
    /// The skill has no daemon with this id.
    #[error("this skill has no daemon {0:?}")]
    NoSuchDaemon(String),
    /// The log of a daemon cannot be read.
    #[error("the log of {daemon}: {source}")]
    Log {
        /// The daemon's id.
        daemon: String,
        /// What the operating system reports.
        source: io::Error,
    },
    /// A log file cannot be made.
    #[error("a log file: {0}")]
    NewLog(#[source] io::Error),
    /// The directories that the skill's commands have to themselves cannot be opened.
    #[error("the skill's own directory: {0}")]
    Scratch(#[source] io::Error),
    /// A granted directory holds what cannot be kept from commands.
    #[error("no command can be run: {0}")]
    Uncarvable(#[from] Box<Uncarvable>),
    /// The process could not be started, or its supervisor was killed.
    #[error(transparent)]
    Process(#[from] ProcessError),
}
