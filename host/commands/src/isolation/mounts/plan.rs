//! Plans what is at which path in the file system that a command sees.

use std::collections::BTreeMap;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Stat, fstat};

use super::error::{PlanError, system};
use super::opened::{open, same};
use super::trace::trace;
use crate::isolation::namespaces::Identity;
use crate::process::spec::{Command, Confinement, Handles};

/// Devices that every command has: they only give and take bytes.
pub(crate) const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];
/// Bytes of an in-memory directory that holds next to nothing.
const SMALL: u64 = 64 << 10;

/// What is mounted or made at one path.
pub(super) enum What {
    /// What the machine has there.
    Bind {
        source: OwnedFd,
        writable: bool,
        directory: bool,
        device: bool,
    },
    /// An empty directory in memory of so many bytes.
    Memory { bytes: u64, mode: &'static str },
    /// `/proc` of the PID namespace.
    Processes,
    /// A symbolic link to this.
    Link(PathBuf),
    /// A file with this content.
    Text(String),
    /// Nothing, in place of what the machine has there.
    Hidden { source: OwnedFd, directory: bool },
}

/// What is at which path; parents come before what is in them.
pub(crate) struct Plan {
    pub(super) entries: BTreeMap<PathBuf, What>,
    /// The working directory, and the identity it must have.
    pub(super) directory: (PathBuf, Stat),
    /// How many threads the PID namespace may have, where the kernel limits them.
    pub(super) threads: u64,
}

impl Plan {
    /// Makes the plan for `command`. Paths are looked up in the calling process's own mounts, and what is found there is
    /// verified against the handles.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn new(
        command: &Command,
        handles: &Handles,
        identity: Identity,
    ) -> Result<Self, PlanError> {
        let confinement = &command.confinement;
        let mut entries = BTreeMap::new();
        for path in &confinement.system {
            if let Some(traced) = trace(path) {
                let links = traced.links.into_iter();
                entries.extend(links.map(|(path, target)| (path, What::Link(target))));
                // Not everything may be opened.
                if let Ok(bound) = bind(&traced.path, false) {
                    entries.insert(traced.path, bound);
                }
            }
        }
        texts(&mut entries, identity, &confinement.home);
        let memory = command.limits.memory_bytes;
        private(
            &mut entries,
            "/tmp",
            What::Memory {
                bytes: memory,
                mode: "1777",
            },
        );
        let mut granted = Vec::new();
        for (handle, writable) in &handles.directories {
            let path = path_of(handle)?;
            let bound = bind(&path, *writable)?;
            verify(&path, &bound, handle)?;
            granted.push((path, *writable, bound));
        }
        // Inside a granted directory, the grant alone decides.
        for (path, _, _) in &granted {
            // A link in place of a directory above it would lead elsewhere.
            entries.retain(|place, what| {
                let is_above = matches!(what, What::Link(_)) && path.starts_with(place);
                !(is_above || place.starts_with(path))
            });
        }
        devices(&mut entries, memory);
        granted.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let writable: Vec<(PathBuf, bool)> = granted
            .iter()
            .map(|(path, writable, _)| (path.clone(), *writable))
            .collect();
        entries.extend(granted.into_iter().map(|(path, _, bound)| (path, bound)));
        carve(&mut entries, confinement, &writable)?;
        let path = path_of(&handles.directory)?;
        let stat = fstat(&handles.directory).map_err(|error| system(&path, error.into()))?;
        Ok(Self {
            entries,
            directory: (path, stat),
            threads: command.limits.threads(),
        })
    }
}

impl Plan {
    /// Returns whether the root itself is granted.
    pub(super) fn grants_root(&self) -> bool {
        matches!(self.entries.get(Path::new("/")), Some(What::Bind { .. }))
    }

    /// Returns the path of the working directory.
    pub fn working(&self) -> &Path {
        &self.directory.0
    }
}

/// Adds the files that a program needs and that are not the machine's: users and groups.
fn texts(entries: &mut BTreeMap<PathBuf, What>, identity: Identity, home: &Path) {
    let Identity { user, group } = identity;
    let home = home.display();
    // A command does not learn the machine's users.
    let users = format!(
        "root:x:0:0::/:/bin/sh\nskill:x:{user}:{group}:skill:{home}:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"
    );
    let groups = format!("root:x:0:\nskill:x:{group}:\nnogroup:x:65534:\n");
    private(entries, "/etc/passwd", What::Text(users));
    private(entries, "/etc/group", What::Text(groups));
    private(entries, "/var/tmp", What::Link("/tmp".into()));
}

fn devices(entries: &mut BTreeMap<PathBuf, What>, memory: u64) {
    private(entries, "/proc", What::Processes);
    private(
        entries,
        "/dev",
        What::Memory {
            bytes: SMALL,
            mode: "755",
        },
    );
    private(
        entries,
        "/dev/shm",
        What::Memory {
            bytes: memory,
            mode: "1777",
        },
    );
    for device in DEVICES {
        if let Ok(bound) = bind(Path::new(device), true) {
            entries.insert(device.into(), bound);
        }
    }
    for (link, target) in [
        ("/dev/fd", "/proc/self/fd"),
        ("/dev/stdin", "/proc/self/fd/0"),
        ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"),
    ] {
        private(entries, link, What::Link(target.into()));
    }
}

/// Puts `what` at `path`, replacing everything planned there and beneath.
fn private(entries: &mut BTreeMap<PathBuf, What>, path: &str, what: What) {
    entries.retain(|place, _| !place.starts_with(path));
    entries.insert(path.into(), what);
}

/// Protects the places that give authority from changes, and the directories above them from being renamed: a mount point
/// cannot be.
fn carve(
    entries: &mut BTreeMap<PathBuf, What>,
    confinement: &Confinement,
    granted: &[(PathBuf, bool)],
) -> Result<(), PlanError> {
    let hidden = confinement.carved.iter().filter(|carved| carved.hidden);
    let hidden: Vec<&Path> = hidden.map(|carved| carved.path.as_path()).collect();
    for carved in &confinement.carved {
        let mut covering = hidden.iter().filter(|path| carved.path.starts_with(path));
        // Nothing needs protection inside a hidden place.
        if covering.any(|path| !carved.hidden || *path != carved.path) {
            continue;
        }
        let above = granted
            .iter()
            .filter(|(grant, _)| carved.path.starts_with(grant));
        let Some((root, writable)) = above.max_by_key(|(grant, _)| grant.components().count())
        else {
            continue;
        };
        let mut place = carved.path.as_path();
        let mut hidden = carved.hidden;
        while place.symlink_metadata().is_err() {
            // What does not exist yet cannot be created in a read-only directory.
            hidden = false;
            place = place.parent().unwrap_or(Path::new("/"));
        }
        if place == root && place != carved.path {
            if *writable {
                return Err(PlanError::Missing(carved.path.clone()));
            }
            continue;
        }
        for pinned in place.ancestors().skip(1) {
            if pinned == root || !pinned.starts_with(root) {
                break;
            }
            if !entries.contains_key(pinned) {
                entries.insert(pinned.to_owned(), bind(pinned, *writable)?);
            }
        }
        let What::Bind {
            source, directory, ..
        } = bind(place, false)?
        else {
            continue;
        };
        let kept = if hidden {
            What::Hidden { source, directory }
        } else {
            What::Bind {
                source,
                writable: false,
                directory,
                device: false,
            }
        };
        // A place that is hidden already stays hidden.
        if !(hidden && matches!(entries.get(place), Some(What::Hidden { .. }))) {
            entries.insert(place.to_owned(), kept);
        }
    }
    Ok(())
}

/// Opens what is at `path`, which must have no links.
fn bind(path: &Path, writable: bool) -> Result<What, PlanError> {
    let failed = |error: rustix::io::Errno| system(path, error.into());
    let source = open(path)?;
    let stat = fstat(&source).map_err(failed)?;
    let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
    Ok(What::Bind {
        source,
        writable,
        directory: kind.is_dir(),
        device: kind.is_char_device(),
    })
}

/// Returns the path of an open file.
pub(crate) fn path_of(handle: &OwnedFd) -> Result<PathBuf, PlanError> {
    let link = PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()));
    std::fs::read_link(&link).map_err(|error| system(&link, error))
}

fn verify(path: &Path, bound: &What, handle: &OwnedFd) -> Result<(), PlanError> {
    let failed = |error: rustix::io::Errno| system(path, error.into());
    let expected = fstat(handle).map_err(failed)?;
    match bound {
        What::Bind { source, .. } if same(&fstat(source).map_err(failed)?, &expected) => Ok(()),
        _ => Err(PlanError::Moved(path.to_owned())),
    }
}
