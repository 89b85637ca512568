//! The system calls, each on a directory handle and one name in it. None follows a link: when something is
//! replaced during a call, the worst that can happen is an error.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::path::Arg;

use crate::model::FileKind;

/// An open directory.
pub(crate) type Handle = Arc<Dir>;

/// Opens the directory `name`, not yet to read it: see [`names`].
pub(crate) fn open_directory(parent: &Dir, name: impl Arg) -> Result<Handle, Errno> {
    #[cfg(target_os = "linux")]
    let access = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let access = OFlags::RDONLY;
    let flags = access | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    Ok(Arc::new(Dir::from_std_file(File::from(opened))))
}

/// Reads the names in an open directory.
pub(crate) fn names(directory: impl AsFd) -> Result<rustix::fs::Dir, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let readable = rustix::fs::openat(directory, ".", flags, Mode::empty())?;
    rustix::fs::Dir::new(readable)
}

/// Opens the file `name`. Never waits for the other end of a pipe; the caller checks that it is a file.
pub(crate) fn open_file(
    parent: &Dir,
    name: impl Arg,
    flags: OFlags,
    mode: u32,
) -> Result<File, Errno> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(mode);
    rustix::fs::openat(parent, name, flags, mode).map(File::from)
}

/// Returns the status of `name`, of a link itself.
pub(crate) fn status(parent: &Dir, name: impl Arg) -> Result<Stat, Errno> {
    rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Reads the target of the link `name`; `INVAL` when it is not a link.
pub(crate) fn link_target(parent: &Dir, name: impl Arg) -> Result<Vec<u8>, Errno> {
    Ok(rustix::fs::readlinkat(parent, name, Vec::new())?.into_bytes())
}

/// Removes a name that is not a directory.
pub(crate) fn unlink(parent: &Dir, name: impl Arg) -> Result<(), Errno> {
    rustix::fs::unlinkat(parent, name, AtFlags::empty())
}

/// Removes an empty directory.
pub(crate) fn remove_directory(parent: &Dir, name: impl Arg) -> Result<(), Errno> {
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)
}

/// Creates the directory `name` unless it exists, and opens it.
pub(crate) fn make_directory(parent: &Dir, name: &str) -> Result<Handle, Errno> {
    match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => open_directory(parent, name),
        Err(error) => Err(error),
    }
}

/// Opens `name` so that its mode can be changed, even if the mode allows nothing.
pub(crate) fn open_for_mode(parent: &Dir, name: impl Arg + Copy) -> Result<OwnedFd, Errno> {
    match open_file(parent, name, OFlags::RDONLY, 0) {
        #[cfg(target_os = "linux")]
        Err(Errno::ACCESS) => {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            rustix::fs::openat(parent, name, flags, Mode::empty())
        }
        opened => opened.map(OwnedFd::from),
    }
}

/// Sets the mode of what is open.
pub(crate) fn change_mode(opened: &OwnedFd, mode: u32) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(mode);
    match rustix::fs::fchmod(opened, mode) {
        // A handle that cannot be read (`O_PATH`): the kernel takes it by its name only.
        #[cfg(target_os = "linux")]
        Err(Errno::BADF) => {
            let number = rustix::path::DecInt::from_fd(opened);
            let handles = rustix_linux_procfs::proc_self_fd()?;
            rustix::fs::chmodat(handles, number, mode, AtFlags::empty())
        }
        done => done,
    }
}

/// Returns the kind in `stat`.
pub(crate) fn kind(stat: &Stat) -> FileKind {
    kind_of(FileType::from_raw_mode(stat.st_mode))
}

/// Returns the kind of a file type.
pub(crate) fn kind_of(file_type: FileType) -> FileKind {
    match file_type {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Symlink,
        _ => FileKind::Other,
    }
}

/// Returns the permission bits, without set-id and sticky.
pub(crate) fn permissions(stat: &Stat) -> u32 {
    stat.st_mode & 0o777
}

/// Returns the size in bytes, 0 for a directory.
pub(crate) fn size(stat: &Stat) -> u64 {
    match kind(stat) {
        FileKind::Directory => 0,
        _ => u64::try_from(stat.st_size).unwrap_or(0),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_mode_is_set_on_a_handle_that_cannot_be_read() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("f"), "f").unwrap();
        let parent = Dir::from_std_file(File::open(place.path()).unwrap());
        let flags = OFlags::PATH | OFlags::NOFOLLOW;
        let opened = rustix::fs::openat(&parent, "f", flags, Mode::empty()).unwrap();
        change_mode(&opened, 0o604).unwrap();
        let metadata = std::fs::metadata(place.path().join("f")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o604);
    }
}
