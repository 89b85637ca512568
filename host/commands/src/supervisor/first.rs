//! Runs as process 1 of a command's PID namespace, or as the command's parent when there are no namespaces: starts the
//! command, reaps orphaned processes, and reports how the command ended. When process 1 exits, the kernel kills every
//! other process in the namespace.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, fchdir,
    set_dumpable_behavior, set_parent_process_death_signal, wait, waitid,
};

use super::bubblewrap::{self, Paths};
use super::spawn;
use crate::isolation::mounts::{self, Plan};
use crate::isolation::namespaces::{self, Identity};
use crate::process::spec::{Command, End, Handles};
use crate::process::wire::{self, Event, GO, Request};

/// Where the command runs.
pub(crate) enum Place {
    /// In namespaces that are still to be created, as this user.
    Namespaces(Identity),
    /// In namespaces that exist; these are the paths in them.
    Made(Paths),
    /// In the supervisor's own namespaces.
    Here,
}

/// Runs `command` and tells the supervisor at the other end of `link`.
pub(crate) fn run(link: &UnixStream, command: Command, handles: Handles, place: Place) -> ExitCode {
    match serve(link, command, handles, &place) {
        Ok(()) => ExitCode::SUCCESS,
        // The supervisor sees the link close.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Runs as the first process in the namespaces that `bwrap` has created; the supervisor is at the other end of `link`.
///
/// # Errors
/// When no valid command is received from it.
pub(crate) fn in_bubblewrap(link: &UnixStream, paths: &str) -> io::Result<ExitCode> {
    close_fds::set_fds_cloexec(3, &[]);
    let paths = serde_json::from_str(paths)?;
    let (command, handles) = wire::receive(link)?;
    Ok(run(link, command, handles, Place::Made(paths)))
}

fn serve(link: &UnixStream, command: Command, handles: Handles, place: &Place) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // A supervisor that exited before the call above sends nothing, and this fails.
    let mut byte = [0];
    (&*link).read_exact(&mut byte)?;
    if byte[0] != GO {
        return Err(io::ErrorKind::InvalidData.into());
    }
    if let Err(reason) = settle(&command, &handles, place) {
        let missing = false;
        return wire::tell(link, &Event::Failed { missing, reason });
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Before the command starts: it may use up the threads that the namespace may have.
    let child = Arc::new(Mutex::new(None));
    listen(link.try_clone()?, child.clone())?;
    let pid = match spawn::start(command, handles) {
        Ok(pid) => pid,
        Err((missing, reason)) => {
            return wire::tell(link, &Event::Failed { missing, reason });
        }
    };
    *child.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid);
    wire::tell(link, &Event::Started(pid.as_raw_nonzero().get()))?;
    let status = wait_for(pid, &child)?;
    let end = match status.terminating_signal() {
        Some(signal) => End::Signal(signal),
        None => End::Exit(status.exit_status().unwrap_or_default()),
    };
    wire::tell(link, &Event::Ended(end))
}

/// Moves into the namespaces, the file system and the working directory of the command.
fn settle(command: &Command, handles: &Handles, place: &Place) -> Result<(), String> {
    match place {
        Place::Here => fchdir(&handles.directory).map_err(|error| error.to_string()),
        Place::Made(paths) => bubblewrap::settle(handles, paths),
        Place::Namespaces(identity) => {
            namespaces::finish(command.confinement.network)
                .map_err(|error| format!("namespaces: {error}"))?;
            let plan = Plan::new(command, handles, *identity).map_err(|error| error.to_string())?;
            mounts::enter(plan).map_err(|error| error.to_string())
        }
    }
}

/// Waits for the command, and reaps orphans meanwhile. Reaping takes the lock of `child`, which is None afterwards, so that
/// no signal reaches another process that has been given the command's process id.
fn wait_for(pid: Pid, child: &Mutex<Option<Pid>>) -> io::Result<WaitStatus> {
    loop {
        waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((reaped, status)) = wait(WaitOptions::NOHANG)?
            && reaped == pid
        {
            *child = None;
            return Ok(status);
        }
    }
}

/// Passes the supervisor's requests on to the command, while there is one, from a thread of its own.
///
/// # Errors
/// The operating system's, when the thread cannot be created.
fn listen(mut link: UnixStream, child: Arc<Mutex<Option<Pid>>>) -> io::Result<()> {
    let requests = move || {
        let mut bytes = [0; 2];
        loop {
            if link.read_exact(&mut bytes).is_err() {
                // The supervisor has closed the link, or is gone.
                std::process::exit(1);
            }
            let (signal, group) = match Request::parse(bytes) {
                Some(Request::Terminate) => (libc::SIGTERM, true),
                Some(Request::Signal { number, group }) => (number.into(), group),
                None => return,
            };
            let child = child.lock().unwrap_or_else(PoisonError::into_inner);
            // It may have ended already.
            let Some(pid) = *child else { continue };
            let pid = pid.as_raw_nonzero().get();
            // SAFETY: a signal to other processes touches no memory.
            let _ = unsafe { libc::kill(if group { -pid } else { pid }, signal) };
        }
    };
    std::thread::Builder::new().spawn(requests).map(drop)
}
