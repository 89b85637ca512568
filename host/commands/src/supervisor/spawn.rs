//! Starts the command itself: sets its limits, and confines the thread that starts it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Resource, Rlimit, getuid, setrlimit};

use super::tree;
use crate::isolation::seccomp::{Filters, Sockets};
use crate::isolation::{capabilities, landlock};
use crate::process::spec::{Command, Confinement, Handles, Isolation, Limits, Support};

/// Why a command was not started: whether its program is missing, and the reason.
pub(crate) type NotStarted = (bool, String);

/// Starts the command from a new thread. Only this thread is confined, as the rest of the process watches the command.
///
/// # Errors
/// [`NotStarted`]
pub(crate) fn start(command: Command, handles: Handles) -> Result<Pid, NotStarted> {
    let other = |error: io::Error| (false, error.to_string());
    limit(command.limits, &command.confinement).map_err(other)?;
    let started = std::thread::spawn(move || {
        let Handles {
            output,
            errors,
            input,
            directories,
            ..
        } = handles;
        confine(&command.confinement, &directories).map_err(|text| (false, text))?;
        let Some((program, arguments)) = command.words.split_first() else {
            return Err((false, "the command has no words".to_owned()));
        };
        let errors = errors.map_or_else(|| output.try_clone(), Ok);
        let errors: OwnedFd = errors.map_err(other)?;
        let child = std::process::Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(command.environment)
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|error| (error.kind() == io::ErrorKind::NotFound, error.to_string()))?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| (false, "no process".to_owned()))
    });
    started
        .join()
        .unwrap_or_else(|_| Err((false, "the thread that starts it panicked".to_owned())))
}

fn confine(confinement: &Confinement, directories: &[(OwnedFd, bool)]) -> Result<(), String> {
    let isolated = confinement.isolation != Isolation::None;
    let sockets = sockets(confinement, landlock::support());
    let filters = Filters::new(sockets).map_err(|error| error.to_string());
    landlock::restrict(confinement, directories, isolated)?;
    capabilities::drop_all().map_err(|error| format!("its privileges: {error}"))?;
    let applied = filters.and_then(|filters| filters.apply().map_err(|error| error.to_string()));
    match applied {
        Err(text) if confinement.required => Err(text),
        _ => Ok(()),
    }
}

/// Returns which sockets the command may create, given what Landlock supports.
fn sockets(confinement: &Confinement, landlock: Support) -> Sockets {
    match (confinement.isolation, confinement.network) {
        // It may signal any process, so it may connect to any as well.
        (Isolation::None, true) if confinement.signal_others => Sockets::Any,
        (Isolation::None, true) => Sockets::Internet,
        (Isolation::None, false) => Sockets::None,
        // Abstract UNIX sockets belong to the network namespace, which it shares with the machine.
        (_, true) if landlock < Support::Full => Sockets::Internet,
        _ => Sockets::Any,
    }
}

/// Sets the limits that the command inherits.
fn limit(limits: Limits, confinement: &Confinement) -> io::Result<()> {
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
    // Not 0: with that, the kernel would still run the machine's core dump handler, as the superuser.
    set(Resource::Core, 1)?;
    set(Resource::Rtprio, 0)?;
    set(Resource::Cpu, limits.cpu_seconds.max(1))?;
    set(Resource::Fsize, limits.file_bytes)?;
    set(Resource::Data, limits.memory_bytes)?;
    // The kernel counts the threads of the user (in a user namespace, those inside it) and does not limit the superuser,
    // whose processes the supervisor counts.
    if !getuid().is_root() {
        let others = match confinement.isolation {
            Isolation::None => tree::threads_of_user().unwrap_or_default(),
            Isolation::Namespaces | Isolation::Bubblewrap => THREADS_OF_SANDBOX,
        };
        set(Resource::Nproc, others.saturating_add(limits.threads()))?;
    }
    Ok(())
}

/// Threads of the first process in a namespace, and of `bwrap`.
const THREADS_OF_SANDBOX: u64 = 8;

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn unix_sockets_of_the_machine_are_out_of_reach() {
        use Isolation::{Bubblewrap, Namespaces, None};
        let rows = [
            (Namespaces, false, Support::None, Sockets::Any),
            (Namespaces, true, Support::Full, Sockets::Any),
            (Namespaces, true, Support::Network, Sockets::Internet),
            (Bubblewrap, true, Support::None, Sockets::Internet),
            (Bubblewrap, false, Support::Full, Sockets::Any),
            (None, true, Support::Full, Sockets::Internet),
            (None, false, Support::Full, Sockets::None),
        ];
        each_row(rows, |(isolation, network, landlock, expected)| {
            let confinement = Confinement {
                isolation,
                network,
                ..Confinement::default()
            };
            let found = sockets(&confinement, landlock);
            assert_eq!(found, expected, "{isolation:?} {network} {landlock:?}");
        });
    }
}
