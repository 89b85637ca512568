//! One command: checked against the manifest, given its handles, started.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use luminarys_audit::CallAudit;
use luminarys_confine::{Command, ConfineError, Confinement, Handles, Limits, Running};
use luminarys_filesystem::{Filesystem, FsError};
use luminarys_grants::command as words;

use super::carved::{Outcome, carve};
use super::{ShellCapability, environment, layers};
use crate::bindings::luminarys::skill::shell as wit;
use crate::capabilities::filesystem::audited;
use crate::environment::SkillShared;

/// The program that becomes a supervisor: the host itself, whatever has become of its file.
pub(super) const SUPERVISOR: &str = "/proc/self/exe";

/// A command that the manifest allows, with the directory it will run in.
pub(super) struct Decided {
    pub words: Vec<String>,
    /// The words on one line.
    pub line: String,
    pub directory: String,
    handle: OwnedFd,
}

/// Splits a command, checks it against the manifest, and opens its working directory. Blocking.
///
/// # Errors
/// [`FsError::Denied`]; [`FsError::Invalid`] for what is no command, or no directory; [`FsError::NotFound`].
pub(super) fn decide(
    state: &ShellCapability,
    shared: &SkillShared,
    audit: &Arc<CallAudit>,
    command: wit::Command,
    directory: Option<String>,
) -> Result<Decided, FsError> {
    let split = match command {
        wit::Command::Line(line) => words::split(&line),
        wit::Command::Words(words) => words::check(words),
    };
    let words = split.map_err(|reason| FsError::Invalid(format!("the command: {reason}")))?;
    let line = words::join(&words);
    let rule = shared.grants.shell.decide_command(&line)?;
    audit.allowed("shell", &line, &rule)?;
    let directories = &shared.grants.shell.directories;
    let wanted = directory.filter(|directory| !directory.is_empty());
    let usual = || Some(directories.plain().first()?.0.root.clone());
    let (directory, handle) = match wanted.or_else(usual) {
        Some(directory) => {
            let files = Filesystem::working(shared.grants.clone());
            let files = audited(&files, audit.clone());
            files.open_directory(&directory)?
        }
        None => {
            let failed = |error| FsError::Io(format!("the skill's own directory: {error}"));
            let made = state.scratch.made().map_err(failed)?;
            let own = made.root.join("tmp");
            let opened = made.directory("tmp").map_err(failed)?;
            (own.to_string_lossy().into_owned(), opened)
        }
    };
    Ok(Decided {
        words,
        line,
        directory,
        handle,
    })
}

/// What [`start`] needs beside the command.
pub(super) struct Pipes {
    pub output: OwnedFd,
    pub input: Option<OwnedFd>,
}

/// Starts it. Everything it starts is killed when [`Running`] is dropped.
///
/// # Errors
/// [`ConfineError`]
pub(super) async fn start(
    state: Arc<ShellCapability>,
    shared: Arc<SkillShared>,
    decided: Decided,
    pipes: Pipes,
) -> Result<Running, ConfineError> {
    let lane = shared.lane.clone();
    let prepared = lane
        .run(move || prepare(&state, &shared, decided, pipes))
        .await;
    let (command, handles) = prepared.map_err(std::io::Error::other)??;
    luminarys_confine::start(Path::new(SUPERVISOR), command, handles).await
}

fn prepare(
    state: &ShellCapability,
    shared: &SkillShared,
    decided: Decided,
    pipes: Pipes,
) -> std::io::Result<(Command, Handles)> {
    let (grants, shell) = (&shared.grants, &shared.grants.shell);
    let scratch = state.scratch.made()?;
    for name in ["home", "tmp"] {
        scratch.directory(name)?;
    }
    let mut directories = vec![(scratch.handle()?, true)];
    let isolation = layers::isolation(shell);
    // Looked for anew: places that give authority come and go.
    let carved = match carve(grants, isolation) {
        Ok(carved) => carved,
        Err(error) if shell.require_confinement => return Err(std::io::Error::other(error)),
        Err(_) => Outcome::default(),
    };
    for granted in [&grants.filesystem, &shell.directories] {
        for (grant, writable) in granted.plain() {
            let mut whole = carved.whole.iter();
            let whole = whole.find(|(path, _)| *path == Path::new(&grant.root));
            let handle = grant.dir.as_fd().try_clone_to_owned()?;
            let writable = writable && !is_of_kernel(&handle)?;
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
    let handles = Handles {
        directory: decided.handle,
        output: pipes.output,
        input: pipes.input,
        directories,
    };
    Ok((command, handles))
}

/// File systems that are the kernel's settings, by their `f_type` (statfs(2)): proc, sysfs, both versions of cgroup, tracefs,
/// debugfs, securityfs, bpf and efivarfs.
const OF_KERNEL: [u32; 9] = [
    0x9fa0,
    0x6265_6572,
    0x0027_e0eb,
    0x6367_7270,
    0x7472_6163,
    0x6462_6720,
    0x7363_6673,
    0xcafe_4a11,
    0xde5e_81e4,
];

/// Whether a granted directory holds the kernel's settings, which commands do not change: those of a host that is the
/// superuser could, without any capability.
fn is_of_kernel(directory: &OwnedFd) -> std::io::Result<bool> {
    let kind = rustix::fs::fstatfs(directory)?.f_type;
    // Some processors sign-extend the number.
    Ok(OF_KERNEL.contains(&(kind as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_settings_are_known() {
        for (path, expected) in [
            ("/proc", true),
            ("/proc/sys", true),
            ("/sys", true),
            ("/", false),
        ] {
            let handle = std::fs::File::open(path).unwrap().into();
            assert_eq!(is_of_kernel(&handle).unwrap(), expected, "{path}");
        }
    }
}
