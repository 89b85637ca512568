//! Converts between the types of `shell.wit` and those of `luminarys_commands`.

use luminarys_commands::process::ProcessError;
use luminarys_commands::{CommandError, Daemon, Exit, Finished, Request, Words};

use super::authority::ShellError;
use crate::bindings::luminarys::skill::shell as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::failed;
use crate::environment::{Environment, exceeded};

/// Returns the engine's request to run `command` in `directory`.
pub(super) fn request(command: wit::Command, directory: Option<String>) -> Request {
    let command = match command {
        wit::Command::Line(line) => Words::Line(line),
        wit::Command::Words(words) => Words::Split(words),
    };
    Request { command, directory }
}

impl From<Exit> for wit::End {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Exit(code),
            Exit::Signal(signal) => Self::Signal(signal),
        }
    }
}

impl From<Finished> for wit::Finished {
    fn from(finished: Finished) -> Self {
        Self {
            output: finished.output,
            errors: finished.errors,
            end: finished.exit.into(),
            truncated: finished.truncated,
        }
    }
}

impl From<Daemon> for wit::DaemonInfo {
    fn from(daemon: Daemon) -> Self {
        Self {
            id: daemon.id,
            pid: daemon.pid,
            command: daemon.command,
            directory: daemon.directory,
            log_file: daemon.log_file,
            started: daemon.started,
            end: daemon.exit.map(wit::End::from),
        }
    }
}

/// Returns the error for the guest, and logs a denial.
pub(super) fn error(environment: &mut Environment, error: impl Into<ShellError>) -> Error {
    let error = match error.into() {
        ShellError::Command(error) => error,
        ShellError::Files(error) => return failed(environment, error),
        ShellError::Exhausted(exhausted) => return exceeded(exhausted),
        ShellError::Blocking(error) => return Error::Io(error.to_string()),
    };
    let text = error.to_string();
    match error {
        CommandError::Denied(denial) => environment.denied(denial),
        CommandError::Invalid(_) | CommandError::Grep(_) => Error::Invalid(text),
        CommandError::NoSuchDaemon(_) | CommandError::Process(ProcessError::NotFound(_)) => {
            Error::NotFound(text)
        }
        CommandError::TimedOut { .. } => Error::Timeout(text),
        CommandError::TimeoutTooLong { .. } | CommandError::GrepTooLong { .. } => {
            Error::TooLarge(text)
        }
        CommandError::TooManyProcesses { .. }
        | CommandError::TooMuchMemory { .. }
        | CommandError::TooManyDaemons { .. } => Error::LimitExceeded(text),
        CommandError::Log { .. }
        | CommandError::NewLog(_)
        | CommandError::Scratch(_)
        | CommandError::Uncarvable(_)
        | CommandError::Process(_) => Error::Io(text),
    }
}
