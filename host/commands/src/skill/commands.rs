//! All that one skill may do with commands.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use luminarys_grants::Grants;

use super::decide::{self, Authority, Decided, Request};
use super::prepare::{self, Prepared};
use super::run::{self, Finished, RunOptions};
use super::scratch::{Made, Scratch};
use crate::daemons::kill;
use crate::daemons::list::{Daemon, Daemons, OwnSignals, Place, Started};
use crate::error::CommandError;
use crate::output::log::end_of;
use crate::process::spec::{End, Exit};
use crate::process::start::ProcessError;

/// The commands of one skill under one manifest: those that run, and its daemons, which end with it.
///
/// A command is decided, prepared, and then run or started as a daemon. The first two steps block.
pub struct Commands {
    grants: Arc<Grants>,
    /// Bytes of one output.
    max_output: usize,
    scratch: Scratch,
    daemons: Daemons,
}

/// The log file of a daemon.
#[derive(Debug)]
pub struct Log {
    /// Its path.
    pub path: String,
    /// Open for reading and appending.
    pub file: File,
}

impl Commands {
    /// The commands that `grants` allows the skill with the id `skill`. What they keep is beneath `data_dir`, or goes with
    /// the skill. No output is longer than `max_output_bytes`.
    pub fn new(
        grants: Arc<Grants>,
        skill: &str,
        data_dir: Option<&Path>,
        max_output_bytes: u64,
    ) -> Self {
        Self {
            grants,
            max_output: usize::try_from(max_output_bytes).unwrap_or(usize::MAX),
            scratch: Scratch::new(data_dir, skill),
            daemons: Daemons::default(),
        }
    }

    /// Checks a timeout against the manifest's limit.
    ///
    /// # Errors
    /// [`CommandError::TimeoutTooLong`]
    pub fn check_timeout(&self, asked: Duration) -> Result<(), CommandError> {
        let most = Duration::from_secs(self.grants.shell.limits.max_timeout_seconds);
        if asked > most {
            return Err(CommandError::TimeoutTooLong { asked, most });
        }
        Ok(())
    }

    /// Splits a command, checks it against the manifest, and opens its working directory. Blocking.
    ///
    /// # Errors
    /// [`CommandError::Denied`], [`CommandError::Invalid`], [`CommandError::Scratch`]; those of `authority`.
    pub fn decide<A: Authority>(
        &self,
        request: Request,
        authority: &A,
    ) -> Result<Decided, A::Error> {
        decide::decide(&self.grants, &self.scratch, request, authority)
    }

    /// Returns the signals that a `kill` command sends when all its targets are daemons of this skill that run. They are in
    /// namespaces of their own, where no other command reaches them: the host sends the signals, and the command is not run.
    pub fn own_signals(&self, decided: &Decided) -> Option<OwnSignals> {
        self.daemons.signals(&kill::parse(&decided.words)?)
    }

    /// Opens the directories that a command is given. Blocking.
    ///
    /// # Errors
    /// [`CommandError::Uncarvable`], [`CommandError::Process`]
    pub fn prepare(&self, decided: Decided) -> Result<Prepared, CommandError> {
        prepare::prepare(&self.grants, &self.scratch, decided)
    }

    /// Runs a command to its end, at most for the timeout. `charge` is told how many bytes are held for its output; the
    /// command is killed when it fails.
    ///
    /// # Errors
    /// [`CommandError::Process`], [`CommandError::TimedOut`], [`CommandError::TooManyProcesses`],
    /// [`CommandError::TooMuchMemory`]; those of `charge`.
    pub async fn run<E: From<CommandError>>(
        &self,
        prepared: Prepared,
        options: RunOptions,
        charge: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<Finished, E> {
        let command = prepared.line.clone();
        let (end, printed) = run::run(prepared, options, self.max_output, charge).await?;
        let limits = &self.grants.shell.limits;
        let exit = match end {
            End::Exit(code) => Exit::Code(code),
            End::Signal(signal) => Exit::Signal(signal),
            End::TooManyProcesses => {
                let most = limits.max_processes;
                return Err(CommandError::TooManyProcesses { command, most }.into());
            }
            End::TooMuchMemory => {
                let most = limits.max_memory_mb;
                return Err(CommandError::TooMuchMemory { command, most }.into());
            }
        };
        Ok(Finished {
            output: printed.output,
            errors: printed.errors,
            exit,
            truncated: printed.truncated,
        })
    }

    /// Takes a place for a daemon, before it is started.
    ///
    /// # Errors
    /// [`CommandError::TooManyDaemons`]
    pub fn reserve(&self) -> Result<Place, CommandError> {
        let most = self.grants.shell.limits.max_daemons;
        let place = self.daemons.reserve(most);
        place.ok_or(CommandError::TooManyDaemons { most })
    }

    /// Makes a log file for a daemon in the host's directory for this skill. Blocking.
    ///
    /// # Errors
    /// [`CommandError::NewLog`]
    pub fn new_log(&self) -> Result<Log, CommandError> {
        let made = self.scratch.made().and_then(Made::new_log);
        let (path, file) = made.map_err(CommandError::NewLog)?;
        let path = path.to_string_lossy().into_owned();
        Ok(Log { path, file })
    }

    /// Starts a command that runs until it ends, is stopped, or this is dropped.
    ///
    /// # Errors
    /// [`CommandError::Process`]
    pub async fn start(
        &self,
        prepared: Prepared,
        place: Place,
        log: Log,
    ) -> Result<Daemon, CommandError> {
        let (line, directory) = (prepared.line.clone(), prepared.directory.clone());
        let output = log.file.as_fd().try_clone_to_owned();
        let output = output.map_err(ProcessError::System)?;
        let running = prepared.start(output, None, None).await?;
        Ok(self.daemons.add(Started {
            running,
            line,
            directory,
            log_file: log.path,
            log: Arc::new(log.file),
            place,
        }))
    }

    /// Lists the daemons that run, and the last that have ended.
    pub fn daemons(&self) -> Vec<Daemon> {
        self.daemons.list()
    }

    /// Describes a daemon.
    ///
    /// # Errors
    /// [`CommandError::NoSuchDaemon`]
    pub fn daemon(&self, id: &str) -> Result<Daemon, CommandError> {
        let known = self.daemons.list().into_iter();
        let mut found = known.filter(|daemon| daemon.id == id);
        let daemon = found.next();
        daemon.ok_or_else(|| CommandError::NoSuchDaemon(id.to_owned()))
    }

    /// Finds the log of a daemon.
    ///
    /// # Errors
    /// [`CommandError::NoSuchDaemon`]
    pub fn log(&self, id: &str) -> Result<DaemonLog, CommandError> {
        let log = self.daemons.log(id);
        let file = log.ok_or_else(|| CommandError::NoSuchDaemon(id.to_owned()))?;
        Ok(DaemonLog {
            daemon: id.to_owned(),
            file,
            limit: self.max_output,
        })
    }

    /// Stops a daemon and all that it has started: asks it to end, and kills it after three seconds. It is no longer listed.
    ///
    /// # Errors
    /// [`CommandError::NoSuchDaemon`]
    pub async fn stop(&self, id: &str) -> Result<Daemon, CommandError> {
        let stopped = self.daemons.stop(id).await;
        stopped.ok_or_else(|| CommandError::NoSuchDaemon(id.to_owned()))
    }

    /// Stops all daemons, and each that is still being started.
    pub fn end(&self) {
        self.daemons.end();
    }
}

/// The log of one daemon, to be read.
#[derive(Debug)]
pub struct DaemonLog {
    daemon: String,
    file: Arc<File>,
    limit: usize,
}

impl DaemonLog {
    /// Returns how many bytes of it [`DaemonLog::read`] reads at most, as it is now.
    pub fn size(&self) -> usize {
        let size = self.file.metadata().map_or(0, |log| log.len());
        usize::try_from(size).unwrap_or(usize::MAX).min(self.limit)
    }

    /// Reads its end; with `tail`, so many of the last lines. Blocking.
    ///
    /// # Errors
    /// [`CommandError::Log`]
    pub fn read(self, tail: Option<u32>) -> Result<String, CommandError> {
        let lines = tail.map_or(usize::MAX, |lines| {
            usize::try_from(lines).unwrap_or(usize::MAX)
        });
        let read = end_of(&self.file, lines, self.limit);
        read.map_err(|source| CommandError::Log {
            daemon: self.daemon,
            source,
        })
    }
}
