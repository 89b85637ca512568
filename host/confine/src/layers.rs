//! What this machine confines commands with, found out by trying.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

use rustix::process::{WaitOptions, waitpid};

use crate::bubblewrap;
use crate::cgroup;
use crate::mounts::{self, Plan};
use crate::namespaces::{self, Identity};
use crate::seccomp::{Filters, Sockets};
use crate::spec::{self, Handles, Isolation, Layers, Limits};
use crate::supervise::ARGUMENT;

/// The second argument by which the host's program knows that it is only asked.
pub(crate) const QUESTION: &str = "layers";

/// What this machine confines commands with. `program` is what [`crate::start`] is given; the first call starts it.
pub fn layers(program: &Path) -> Layers {
    static FOUND: OnceLock<Layers> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            ask(program).unwrap_or_else(|error| Layers {
                without: format!("{} cannot be asked: {error}", program.display()),
                landlock: crate::landlock::support(),
                ..Layers::default()
            })
        })
        .clone()
}

fn ask(program: &Path) -> io::Result<Layers> {
    let mut command = Command::new(program);
    command.arg(ARGUMENT).arg(QUESTION).env_clear();
    let output = command.stdin(Stdio::null()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Answers [`layers`], in a process of its own with one thread.
pub(crate) fn answer() -> ExitCode {
    let mut layers = Layers {
        landlock: crate::landlock::support(),
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

/// Tries something in a process of its own; the reason why it does not work.
fn tried(what: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let (mut reader, mut writer) = io::pipe().map_err(text)?;
    // SAFETY: this process has one thread.
    match unsafe { libc::fork() } {
        -1 => Err(text(io::Error::last_os_error())),
        0 => {
            let said = what().err().unwrap_or_else(|| DONE.to_owned());
            let _ = writer.write_all(said.as_bytes());
            std::process::exit(0)
        }
        pid => {
            drop(writer);
            let mut said = String::new();
            let read = io::Read::read_to_string(&mut reader, &mut said);
            // Only so that it is not left over.
            let _ = waitpid(rustix::process::Pid::from_raw(pid), WaitOptions::empty());
            read.map_err(text)?;
            match said.as_str() {
                DONE => Ok(()),
                "" => Err("the attempt was ended".to_owned()),
                reason => Err(reason.to_owned()),
            }
        }
    }
}

const DONE: &str = "done";

/// Makes all that a command gets.
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

/// A plan with the usual in it.
fn plan(identity: Identity) -> Result<Plan, String> {
    let text = |error: io::Error| error.to_string();
    let root = || std::fs::File::open("/usr").map(Into::into);
    let handles = Handles {
        directory: root().map_err(text)?,
        output: root().map_err(text)?,
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
