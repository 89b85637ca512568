//! Finds out by trying what this machine confines commands with.

use std::io::{self, Write as _};
use std::process::ExitCode;

use rustix::process::{WaitOptions, waitpid};

use super::{bubblewrap, cgroup};
use crate::isolation::landlock;
use crate::isolation::mounts::{self, Plan};
use crate::isolation::namespaces::{self, Identity};
use crate::isolation::seccomp::{Filters, Sockets};
use crate::process::spec::{self, Handles, Isolation, Layers, Limits};

/// Reports to [`crate::process::layers()`] on standard output. The process must have one thread.
pub(crate) fn answer() -> ExitCode {
    let mut layers = Layers {
        landlock: landlock::support(),
        ..Layers::default()
    };
    match tried(|| {
        let filters = Filters::new(Sockets::Any).map_err(|error| error.to_string())?;
        filters.apply().map_err(|error| error.to_string())
    }) {
        Ok(()) => layers.seccomp = true,
        Err(reason) => layers.without = reason,
    }
    match tried(namespaces_and_mounts) {
        Ok(()) => layers.isolation = Isolation::Namespaces,
        Err(reason) => match tried(by_bubblewrap) {
            Ok(()) => layers.isolation = Isolation::Bubblewrap,
            Err(other) => layers.without = format!("{reason}; {other}"),
        },
    }
    layers.cgroup = cgroup::usable();
    let text = serde_json::to_string(&layers).unwrap_or_default();
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Tries `what` in a child process.
///
/// # Errors
/// The reason why it does not work.
fn tried(what: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let (mut reader, mut writer) = io::pipe().map_err(text)?;
    // SAFETY: this process has one thread.
    match unsafe { libc::fork() } {
        -1 => Err(text(io::Error::last_os_error())),
        0 => {
            let outcome = what().err().unwrap_or_else(|| DONE.to_owned());
            let _ = writer.write_all(outcome.as_bytes());
            std::process::exit(0)
        }
        pid => {
            drop(writer);
            let mut outcome = String::new();
            let read = io::Read::read_to_string(&mut reader, &mut outcome);
            // So that no zombie is left.
            let _ = waitpid(rustix::process::Pid::from_raw(pid), WaitOptions::empty());
            read.map_err(text)?;
            match outcome.as_str() {
                DONE => Ok(()),
                "" => Err("the attempt was killed".to_owned()),
                reason => Err(reason.to_owned()),
            }
        }
    }
}

const DONE: &str = "done";

/// Creates the namespaces and mounts of a command.
fn namespaces_and_mounts() -> Result<(), String> {
    let identity = namespaces::begin().map_err(|error| format!("user namespaces: {error}"))?;
    tried(move || {
        namespaces::finish(false).map_err(|error| format!("namespaces: {error}"))?;
        mounts::enter(plan(identity)?).map_err(|error| format!("mounts: {error}"))
    })
}

fn by_bubblewrap() -> Result<(), String> {
    bubblewrap::probe(&plan(Identity::ordinary())?)
}

/// Returns a plan like that of any command.
fn plan(identity: Identity) -> Result<Plan, String> {
    let text = |error: io::Error| error.to_string();
    let root = || std::fs::File::open("/usr").map(Into::into);
    let handles = Handles {
        directory: root().map_err(text)?,
        output: root().map_err(text)?,
        errors: None,
        input: None,
        directories: vec![(root().map_err(text)?, false)],
    };
    let command = spec::Command {
        words: Vec::new(),
        environment: Vec::new(),
        confinement: spec::Confinement {
            system: ["/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/nix/store"]
                .map(Into::into)
                .into(),
            ..spec::Confinement::default()
        },
        limits: Limits {
            cpu_seconds: 1,
            processes: 1,
            file_bytes: 1,
            memory_bytes: 1 << 20,
        },
    };
    Plan::new(&command, &handles, identity).map_err(|error| error.to_string())
}
