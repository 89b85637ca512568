//! From a command that the manifest allows to all that its process is given.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use luminarys_grants::Grants;

use super::decide::Decided;
use super::scratch::Scratch;
use crate::error::CommandError;
use crate::manifest::carved::{Outcome, carve};
use crate::manifest::kernel::is_of_kernel;
use crate::manifest::{confinement, environment};
use crate::process::spec::{Command, Confinement, Handles, Limits};
use crate::process::start::{self, ProcessError, Running};

/// A command with its directories open, ready to be started.
#[derive(Debug)]
pub struct Prepared {
    /// The words on one line.
    pub(super) line: String,
    /// The path of its working directory.
    pub(super) directory: String,
    command: Command,
    handle: OwnedFd,
    directories: Vec<(OwnedFd, bool)>,
}

impl Prepared {
    /// Starts it. Everything that it starts is killed when [`Running`] is dropped.
    ///
    /// # Errors
    /// [`ProcessError`]
    pub(super) async fn start(
        self,
        output: OwnedFd,
        errors: Option<OwnedFd>,
        input: Option<OwnedFd>,
    ) -> Result<Running, ProcessError> {
        let handles = Handles {
            directory: self.handle,
            output,
            errors,
            input,
            directories: self.directories,
        };
        start::start(self.command, handles).await
    }
}

/// Opens what the manifest gives `decided`, and makes what it does not find. Blocking.
///
/// # Errors
/// [`CommandError::Uncarvable`] where confinement is required; the operating system's.
pub(super) fn prepare(
    grants: &Grants,
    scratch: &Scratch,
    decided: Decided,
) -> Result<Prepared, CommandError> {
    let shell = &grants.shell;
    let scratch = scratch.made().map_err(ProcessError::System)?;
    for name in ["home", "tmp"] {
        scratch.directory(name).map_err(ProcessError::System)?;
    }
    let own = scratch.handle().map_err(ProcessError::System)?;
    let mut directories = vec![(own, true)];
    let isolation = confinement::isolation(shell);
    // Looked up for each command, as places that give authority come and go.
    let carved = match carve(grants, isolation) {
        Ok(carved) => carved,
        Err(error) if shell.require_confinement => return Err(error.into()),
        Err(_) => Outcome::default(),
    };
    for granted in [&grants.filesystem, &shell.directories] {
        for (grant, writable) in granted.plain() {
            let mut whole = carved.whole.iter();
            let whole = whole.find(|(path, _)| *path == Path::new(&grant.root));
            let handle = grant.dir.as_fd().try_clone_to_owned();
            let handle = handle.map_err(ProcessError::System)?;
            let writable = writable && !is_of_kernel(&handle).map_err(ProcessError::System)?;
            match whole {
                None => directories.push((handle, writable)),
                Some((_, true)) => directories.push((handle, false)),
                Some((_, false)) => {}
            }
        }
    }
    let limits = shell.limits;
    let path = environment::search_path(grants);
    let command = Command {
        words: decided.words,
        environment: environment::variables(grants, &scratch.root, &path),
        confinement: Confinement {
            isolation,
            required: shell.require_confinement,
            network: shell.network,
            signal_others: shell.signal_others,
            system: environment::system(&path),
            carved: carved.carved,
            home: scratch.root.join("home"),
        },
        limits: Limits {
            cpu_seconds: limits.max_cpu_seconds,
            processes: limits.max_processes,
            file_bytes: limits.max_file_mb.saturating_mul(1 << 20),
            memory_bytes: limits.max_memory_mb.saturating_mul(1 << 20),
        },
    };
    Ok(Prepared {
        line: decided.line,
        directory: decided.directory,
        command,
        handle: decided.handle,
        directories,
    })
}
