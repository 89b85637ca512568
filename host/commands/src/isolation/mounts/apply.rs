//! Mounts a plan and makes it the root of the calling process.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat2};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
    mount_change, move_mount, open_tree, unmount,
};
use rustix::process::{chdir, fchdir, pivot_root};

use super::error::{PlanError, system};
use super::opened::{change_directory, open, same};
use super::plan::{Plan, What};

/// Where the new root is assembled: every system has one of these directories.
const PLACES: [&str; 4] = ["/tmp", "/run", "/mnt", "/var"];
/// Bytes of the root itself: names, links and two short files.
const ROOT_BYTES: u64 = 1 << 20;
/// The kernel's own memory for a file in memory, in bytes, roughly.
const FILE_BYTES: u64 = 1 << 10;
/// Files in an in-memory directory that holds next to nothing.
const FEWEST_FILES: u64 = 1 << 10;
/// The name of an empty file that is mounted over hidden files.
const NOTHING: &str = ".nothing";

/// Moves the calling process into the planned file system, and into its working directory there.
///
/// # Errors
/// [`PlanError`]
pub(crate) fn enter(plan: Plan) -> Result<(), PlanError> {
    let root = Path::new("/");
    let failed = |error: rustix::io::Errno| system(root, error.into());
    let quiet = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change(root, quiet).map_err(failed)?;
    // Before anything is mounted, as copies would include it.
    let mut trees = BTreeMap::new();
    for (path, what) in &plan.entries {
        if let What::Bind {
            source,
            writable,
            device,
            ..
        } = what
        {
            let tree = bound(source, *writable, *device).map_err(|error| system(path, error))?;
            trees.insert(path.clone(), tree);
        }
    }
    let grants_root = plan.grants_root();
    let place = PLACES.iter().map(Path::new).find(|place| place.is_dir());
    let place = place.ok_or_else(|| system(root, io::ErrorKind::NotFound.into()))?;
    let made = memory(ROOT_BYTES, "755").map_err(|error| system(place, error))?;
    let target = open(place)?;
    put(&made, &target).map_err(|error| system(place, error))?;
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(place.join(NOTHING));
    file.map_err(|error| system(place, error))?;
    let base = open(place)?;
    let mut builder = Builder {
        place,
        base,
        trees,
        foreign: BTreeMap::new(),
        threads: plan.threads,
    };
    for (path, what) in plan.entries {
        builder.add(&path, what)?;
    }
    // The root itself becomes read-only; what is mounted in it stays as it is.
    let top = open(place)?;
    if !grants_root {
        attributes(&top, MountAttrFlags::MOUNT_ATTR_RDONLY, false)
            .map_err(|error| system(place, error))?;
    }
    fchdir(&top).map_err(failed)?;
    pivot_root(".", ".").map_err(failed)?;
    unmount(".", UnmountFlags::DETACH).map_err(failed)?;
    chdir("/").map_err(failed)?;
    let (path, expected) = plan.directory;
    change_directory(&path, &expected)
}

struct Builder<'a> {
    place: &'a Path,
    base: OwnedFd,
    /// Copies of mounts that are not attached yet.
    trees: BTreeMap<PathBuf, OwnedFd>,
    /// What is mounted so far, and whether it is the machine's, in which nothing is created.
    foreign: BTreeMap<PathBuf, bool>,
    threads: u64,
}

impl Builder<'_> {
    fn add(&mut self, path: &Path, what: What) -> Result<(), PlanError> {
        let above = path
            .ancestors()
            .skip(1)
            .find_map(|above| self.foreign.get(above));
        let foreign = above.copied().unwrap_or(false);
        let inside = path.strip_prefix("/").unwrap_or(path);
        let at = self.place.join(inside);
        let io = |error: io::Error| system(path, error);
        let rustix = |error: rustix::io::Errno| system(path, error.into());
        let directory = match &what {
            What::Link(_) | What::Text(_) if foreign => return Ok(()),
            What::Link(target) => {
                make_parent(&at).map_err(io)?;
                std::os::unix::fs::symlink(target, &at).map_err(io)?;
                return Ok(());
            }
            What::Text(text) => {
                make_parent(&at).map_err(io)?;
                fs::write(&at, text).map_err(io)?;
                return Ok(());
            }
            What::Bind { directory, .. } | What::Hidden { directory, .. } => *directory,
            What::Memory { .. } | What::Processes => true,
        };
        if !foreign {
            if directory {
                fs::create_dir_all(&at).map_err(io)?;
            } else {
                make_parent(&at).map_err(io)?;
                fs::File::create(&at).map_err(io)?;
            }
        }
        let target = if inside.as_os_str().is_empty() {
            open(self.place)?
        } else {
            open_beneath(&self.base, inside).map_err(io)?
        };
        let is_foreign = matches!(what, What::Bind { .. });
        if let What::Bind { source, .. } | What::Hidden { source, .. } = &what
            && foreign
            && !same(
                &fstat(source).map_err(rustix)?,
                &fstat(&target).map_err(rustix)?,
            )
        {
            // It has been replaced meanwhile.
            return Err(PlanError::Moved(path.to_owned()));
        }
        let made = match what {
            What::Bind { .. } => match self.trees.remove(path) {
                Some(tree) => tree,
                None => return Ok(()),
            },
            What::Memory { bytes, mode } => memory(bytes, mode).map_err(io)?,
            What::Processes => processes(self.threads).map_err(io)?,
            What::Hidden {
                directory: true, ..
            } => memory(4096, "700").map_err(io)?,
            What::Hidden { .. } => {
                let nothing = open_beneath(&self.base, Path::new(NOTHING)).map_err(io)?;
                bound(&nothing, false, false).map_err(io)?
            }
            What::Link(_) | What::Text(_) => return Ok(()),
        };
        put(&made, &target).map_err(io)?;
        if inside.as_os_str().is_empty() {
            self.base = open(self.place)?;
        }
        self.foreign.insert(path.to_owned(), is_foreign);
        Ok(())
    }
}

fn make_parent(at: &Path) -> io::Result<()> {
    at.parent().map_or(Ok(()), fs::create_dir_all)
}

fn open_beneath(base: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    Ok(openat2(base, path, flags, Mode::empty(), resolve)?)
}

/// Copies the mount that `source` is in, from `source` downwards.
fn bound(source: &OwnedFd, writable: bool, device: bool) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE
        | OpenTreeFlags::AT_EMPTY_PATH;
    let tree = open_tree(source, c"", flags)?;
    let mut wanted = MountAttrFlags::MOUNT_ATTR_NOSUID;
    if !device {
        wanted |= MountAttrFlags::MOUNT_ATTR_NODEV;
    }
    if !writable {
        wanted |= MountAttrFlags::MOUNT_ATTR_RDONLY;
    }
    attributes(&tree, wanted, true)?;
    Ok(tree)
}

fn memory(bytes: u64, mode: &str) -> io::Result<OwnedFd> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(context.as_fd(), "size", bytes.to_string())?;
    // Empty files take no bytes of it, but memory of the kernel.
    let files = (bytes / FILE_BYTES).max(FEWEST_FILES);
    fsconfig_set_string(context.as_fd(), "nr_inodes", files.to_string())?;
    fsconfig_set_string(context.as_fd(), "mode", mode)?;
    fsconfig_create(context.as_fd())?;
    let wanted = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    Ok(fsmount(
        context.as_fd(),
        FsMountFlags::FSMOUNT_CLOEXEC,
        wanted,
    )?)
}

fn processes(threads: u64) -> io::Result<OwnedFd> {
    let context = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(context.as_fd())?;
    let wanted = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let made = fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, wanted)?;
    limit_threads(&made, threads);
    // A command of the superuser could change the kernel's settings there, even without capabilities.
    attributes(&made, MountAttrFlags::MOUNT_ATTR_RDONLY, false)?;
    Ok(made)
}

/// Limits the process ids in the namespace, and with them the number of threads. Kernels before 6.14 have one setting for the
/// whole machine, which this process may not change, and refuse.
fn limit_threads(processes: &OwnedFd, threads: u64) {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let setting = openat2(
        processes,
        "sys/kernel/pid_max",
        flags,
        Mode::empty(),
        ResolveFlags::BENEATH,
    );
    let value = threads.max(SMALLEST_PID_MAX).to_string();
    if let Ok(setting) = setting {
        // The supervisor counts too.
        let _ = io::Write::write_all(&mut fs::File::from(setting), value.as_bytes());
    }
}

/// The smallest value that the kernel accepts.
const SMALLEST_PID_MAX: u64 = 301;

fn put(made: &OwnedFd, target: &OwnedFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(made, c"", target, c"", flags)?)
}

/// Adds attributes to a mount, and with `deep` to all mounts in it.
fn attributes(mount: &OwnedFd, wanted: MountAttrFlags, deep: bool) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: u64::from(wanted.bits()),
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if deep { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the attributes outlive the call, which reads them, and the size is theirs.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size_of_val(&attributes),
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
