//! Landlock: which files, ports and processes a command reaches.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

use super::mounts::DEVICES;
use crate::process::spec::{Confinement, Support};

/// The newest ABI that is used; older kernels enforce what they support.
const NEWEST: ABI = ABI::V6;
/// The oldest ABI that covers every way to change a file, truncation included.
const OLDEST: ABI = ABI::V3;

/// Private directories of a command that has namespaces.
const PRIVATE: [&str; 2] = ["/tmp", "/dev/shm"];

/// Returns what the kernel supports.
pub(crate) fn support() -> Support {
    let can = |abi: ABI| {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let created = ruleset
            .handle_access(AccessFs::from_all(abi))
            .and_then(|ruleset| {
                let ruleset = match AccessNet::from_all(abi) {
                    none if none.is_empty() => ruleset,
                    some => ruleset.handle_access(some)?,
                };
                match Scope::from_all(abi) {
                    none if none.is_empty() => ruleset.create(),
                    some => ruleset.scope(some)?.create(),
                }
            });
        created.is_ok()
    };
    match () {
        () if can(ABI::V6) => Support::Full,
        () if can(ABI::V4) => Support::Network,
        () if can(OLDEST) => Support::Files,
        () if can(ABI::V1) => Support::Part,
        () => Support::None,
    }
}

/// Access to a directory that is granted for reading.
fn reading() -> BitFlags<AccessFs> {
    AccessFs::from_read(NEWEST)
}

/// Access to a directory that is granted for writing: everything but creating devices, by which a command of the superuser
/// would reach the disk itself.
fn writing() -> BitFlags<AccessFs> {
    AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev)
}

/// Confines the calling thread and every process that it starts. `isolated`: namespaces keep it from the network and give it
/// private directories.
///
/// # Errors
/// The reason, when the kernel cannot and `confinement.required` is set.
pub(crate) fn restrict(
    confinement: &Confinement,
    directories: &[(OwnedFd, bool)],
    isolated: bool,
) -> Result<(), String> {
    let status = apply(confinement, directories, isolated).map_err(|error| error.to_string())?;
    let unconfined = || {
        let support = support();
        status == RulesetStatus::NotEnforced
            || support < Support::Files
            || !confinement.network && support < Support::Network
    };
    if confinement.required && !isolated && unconfined() {
        return Err("the kernel cannot confine commands (Landlock)".to_owned());
    }
    Ok(())
}

fn apply(
    confinement: &Confinement,
    directories: &[(OwnedFd, bool)],
    isolated: bool,
) -> Result<RulesetStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?;
    if !confinement.network && !isolated {
        ruleset = ruleset.handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?;
    }
    if !confinement.signal_others {
        ruleset = ruleset.scope(Scope::Signal | Scope::AbstractUnixSocket)?;
    }
    let mut ruleset = ruleset.create()?;
    for path in &confinement.system {
        // Not every system has all of them.
        if let Ok(handle) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(handle, fit(path, reading())))?;
        }
    }
    for device in DEVICES {
        if let Ok(handle) = PathFd::new(device) {
            let access = AccessFs::ReadFile | AccessFs::WriteFile;
            ruleset = ruleset.add_rule(PathBeneath::new(handle, access))?;
        }
    }
    if isolated {
        for (place, access) in PRIVATE.map(|place| (place, writing())).into_iter().chain([
            // Everything in it has a rule of its own.
            ("/dev", AccessFs::ReadDir.into()),
            ("/proc", reading()),
            ("/etc/passwd", AccessFs::ReadFile.into()),
            ("/etc/group", AccessFs::ReadFile.into()),
        ]) {
            if let Ok(handle) = PathFd::new(place) {
                ruleset = ruleset.add_rule(PathBeneath::new(handle, access))?;
            }
        }
    }
    for (directory, writable) in directories {
        let access = if *writable { writing() } else { reading() };
        ruleset = ruleset.add_rule(PathBeneath::new(directory.as_fd(), access))?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}

/// Puts the calling thread and all that it starts into a domain that signals do not leave: a signal to all processes reaches
/// those that it has started, and no others.
///
/// # Errors
/// When the kernel has no such domains.
pub(crate) fn enclose_signals() -> io::Result<()> {
    let everywhere = PathFd::new("/").map_err(io::Error::other)?;
    let enclose = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .scope(Scope::Signal)?
            // Every domain that does not allow this denies it, and then nothing could be moved to another directory.
            .handle_access(AccessFs::Refer)?
            .create()?
            .add_rule(PathBeneath::new(everywhere, AccessFs::Refer))?
            .restrict_self()
    };
    enclose()
        .map(drop)
        .map_err(|error: RulesetError| io::Error::other(error))
}

/// Removes the rights that apply to directories only when `path` is a file.
fn fit(path: &Path, access: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(NEWEST)
    }
}
