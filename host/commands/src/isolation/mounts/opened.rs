//! Opens paths without following links, and compares files by their identity.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, Stat, fstat, openat2};
use rustix::process::fchdir;

use super::error::{PlanError, system};

/// Opens what is at `path`, neither for reading nor for writing. A link on the way is an error.
///
/// # Errors
/// [`PlanError`]
pub(super) fn open(path: &Path) -> Result<OwnedFd, PlanError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)
        .map_err(|error| system(path, error.into()))
}

/// Returns whether both describe the same file or directory.
pub(super) fn same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

/// Makes `path` the working directory, if it is the directory that `expected` describes.
///
/// # Errors
/// [`PlanError::Moved`] when it is another, or the operating system's.
pub(crate) fn change_directory(path: &Path, expected: &Stat) -> Result<(), PlanError> {
    let failed = |error: rustix::io::Errno| system(path, error.into());
    let directory = open(path)?;
    if !same(&fstat(&directory).map_err(failed)?, expected) {
        return Err(PlanError::Moved(path.to_owned()));
    }
    fchdir(&directory).map_err(failed)
}
