//! The supervisor of one command.

use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, getpid, getuid,
    kill_process_group, setrlimit, setsid, wait, waitid, waitpid,
};

use crate::landlock;
use crate::spec::{Command, End, Handles, Limits};
use crate::tree::{Killer, children, descendants};
use crate::wire::{self, Event, TERMINATE};

/// The first argument by which the host's program knows that it is to be a supervisor.
pub const ARGUMENT: &str = "__supervise";

/// How long a command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(3);
/// How often processes are counted.
const COUNTING: Duration = Duration::from_millis(10);

/// Runs the command that comes through the standard input, to its end. To be called first of all, by a program whose
/// first argument is [`ARGUMENT`].
pub fn supervise() -> ExitCode {
    let socket = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(UnixStream::from);
    match socket.and_then(|socket| run(&socket)) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody is left who could be told.
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(socket: &UnixStream) -> io::Result<()> {
    // What the host was given by whoever started it is nothing for a command.
    close_fds::set_fds_cloexec(3, &[]);
    let (command, handles) = wire::receive(socket)?;
    let own = getpid();
    // Groups of this session are the command's, and none of them is the host's.
    setsid()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(own))?;
    rustix::process::fchdir(&handles.directory)?;
    limit(command.limits)?;
    let processes = command.limits.processes;
    let child = match start(command, handles) {
        Ok(child) => child,
        Err((missing, text)) => return wire::tell(socket, &Event::Failed(missing, text)),
    };
    wire::tell(socket, &Event::Started(child.as_raw_nonzero().get()))?;
    listen(socket.try_clone()?, own, child);
    let too_many = count(own, child, processes);
    let status = wait_for(child)?;
    let end = if too_many.load(Ordering::Relaxed) {
        End::TooManyProcesses
    } else if let Some(signal) = status.terminating_signal() {
        End::Signal(signal)
    } else {
        End::Exit(status.exit_status().unwrap_or_default())
    };
    wire::tell(socket, &Event::Ended(end))
}

/// Waits for the command, then ends all that is left of it, until there is nothing more to wait for: what is left has
/// been adopted, however it was started.
fn wait_for(child: Pid) -> io::Result<WaitStatus> {
    waitid(
        WaitId::Pid(child),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    )?;
    // Not waited for yet, it keeps the number of its group.
    let _ = kill_process_group(child, Signal::KILL);
    let status = waitpid(Some(child), WaitOptions::empty())?;
    let (_, status) = status.ok_or(io::ErrorKind::NotFound)?;
    let mut killer = Killer::new();
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => {
                killer.round(getpid());
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => return Ok(status),
        }
    }
}

/// Sets the limits that the command inherits.
fn limit(limits: Limits) -> io::Result<()> {
    let set = |resource, value: u64| {
        let most = rustix::process::getrlimit(resource).maximum;
        let value = Some(most.map_or(value, |most| most.min(value)));
        setrlimit(
            resource,
            Rlimit {
                current: value,
                maximum: value,
            },
        )
    };
    set(Resource::Core, 0)?;
    set(Resource::Cpu, limits.cpu_seconds.max(1))?;
    set(Resource::Fsize, limits.file_bytes)?;
    // The kernel counts all threads of the user, and does not hold the superuser to it: `count` does.
    if !getuid().is_root() {
        let others = threads_of_user().unwrap_or_default();
        set(Resource::Nproc, others.saturating_add(limits.processes))?;
    }
    Ok(())
}

/// How many threads the user has.
fn threads_of_user() -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let own = getuid().as_raw();
    let mut count = 0;
    for process in std::fs::read_dir("/proc")?.flatten() {
        let is_own = process
            .metadata()
            .is_ok_and(|metadata| metadata.uid() == own);
        if is_own && let Ok(tasks) = std::fs::read_dir(process.path().join("task")) {
            count += tasks.count() as u64;
        }
    }
    Ok(count)
}

/// Starts the command from a thread of its own, which alone is confined: the supervisor must be able to end it.
fn start(command: Command, handles: Handles) -> Result<Pid, (bool, String)> {
    let started = std::thread::spawn(move || {
        let Handles {
            output,
            input,
            directories,
            ..
        } = handles;
        #[cfg(target_os = "linux")]
        drop_privileges().map_err(|error| (false, error.to_string()))?;
        landlock::restrict(&command.confinement, &directories).map_err(|text| (false, text))?;
        let failed = |error: io::Error| {
            let missing = error.kind() == io::ErrorKind::NotFound;
            (missing, error.to_string())
        };
        let Some((program, arguments)) = command.words.split_first() else {
            return Err((false, "no words".to_owned()));
        };
        let errors: OwnedFd = output.try_clone().map_err(failed)?;
        let child = std::process::Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(command.environment)
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| (false, "no process".to_owned()))
    });
    started
        .join()
        .unwrap_or_else(|_| Err((false, "the supervisor failed".to_owned())))
}

/// Takes from the superuser's commands what would let them around the confinement: reading another process's memory,
/// mounting, loading modules. What is about the owners of files stays, where the confinement allows the file.
#[cfg(target_os = "linux")]
fn drop_privileges() -> io::Result<()> {
    use rustix::thread::{
        CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_no_new_privs,
    };
    set_no_new_privs(true)?;
    let kept = CapabilitySet::CHOWN
        | CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::NET_BIND_SERVICE;
    let now = capabilities(None)?;
    let sets = CapabilitySets {
        effective: now.effective & kept,
        permitted: now.permitted & kept,
        inheritable: CapabilitySet::empty(),
    };
    Ok(set_capabilities(None, sets)?)
}

/// Ends everything when the host says so, or is gone.
fn listen(mut socket: UnixStream, own: Pid, child: Pid) {
    std::thread::spawn(move || {
        let mut byte = [0];
        if matches!(socket.read(&mut byte), Ok(1)) && byte[0] == TERMINATE {
            // It may have ended by itself.
            let _ = kill_process_group(child, Signal::TERM);
            let _ = socket.set_read_timeout(Some(GRACE));
            let _ = socket.read(&mut byte);
        }
        Killer::new().run(own);
    });
}

/// Takes notice of adopted processes that have ended.
fn reap(own: Pid, child: Pid) {
    for pid in children(own).into_iter().filter(|pid| *pid != child) {
        // Most of them go on.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

/// Ends everything when there are too many processes.
fn count(own: Pid, child: Pid, limit: u64) -> Arc<AtomicBool> {
    let too_many = Arc::new(AtomicBool::new(false));
    let seen = too_many.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(COUNTING);
            let found = descendants(own);
            reap(own, child);
            if found.len() as u64 > limit {
                seen.store(true, Ordering::Relaxed);
                Killer::new().run(own);
            }
        }
    });
    too_many
}
