//! Functions on a path relative to an open directory, as in WASI, with the same resolution and decisions as the other
//! functions here. A path that leads out of its directory is denied.
//!
//! - `open`: opening

mod open;

use rustix::fs::{AtFlags, Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use luminarys_grants::{Access, Denial};

use crate::error::{Failure, FsError};
use crate::filesystem::{Cancelled, Filesystem, is_beneath};
use crate::model::FileKind;
use crate::place::{LastLink, Place, Resolved};
use crate::read::must_have_one_name;
use crate::sys;

pub use open::{OpenOptions, Opened};

/// A path beneath an open directory.
#[derive(Clone, Debug)]
pub struct Relative {
    /// The directory's true path.
    pub directory: String,
    /// The path from there, as the guest wrote it.
    pub path: String,
}

/// Whether to follow a link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow(pub bool);

impl From<Follow> for LastLink {
    fn from(follow: Follow) -> Self {
        match follow {
            Follow(true) => Self::Follow,
            Follow(false) => Self::Keep,
        }
    }
}

impl Relative {
    /// Returns the absolute path, not resolved.
    fn absolute(&self) -> String {
        format!("{}/{}", self.directory.trim_end_matches('/'), self.path)
    }

    /// Returns whether the path, links aside, stays beneath the directory.
    fn stays(&self) -> bool {
        let mut depth = 0_i32;
        let mut names = self.path.split('/');
        !self.path.starts_with('/')
            && names.all(|name| {
                match name {
                    "" | "." => {}
                    ".." => depth -= 1,
                    _ => depth += 1,
                }
                depth >= 0
            })
    }
}

impl Filesystem {
    /// Follows `relative` to its end, has the manifest decide, and has the caller record the decision.
    pub(crate) fn beneath(
        &self,
        relative: &Relative,
        last: impl Into<LastLink>,
        access: Access,
    ) -> Result<Resolved, Failure> {
        let (resolved, rule) = self.reach(relative, last, access)?;
        self.note(&resolved.path, &rule)?;
        Ok(resolved)
    }

    /// Resolves as [`Filesystem::beneath`] does, without recording; returns the line of the manifest that allows it.
    fn reach(
        &self,
        relative: &Relative,
        last: impl Into<LastLink>,
        access: Access,
    ) -> Result<(Resolved, String), Failure> {
        let path = relative.absolute();
        if relative.path.is_empty() {
            return Err(Failure::system(&path, Errno::NOENT));
        }
        if !relative.stays() {
            return Err(leads_out(&path));
        }
        let (resolved, rule) = self.decided(&path, last.into(), access)?;
        if !is_beneath(&resolved.path, &relative.directory) {
            return Err(leads_out(&path));
        }
        Ok((resolved, rule))
    }

    /// Returns the status of what is at a path.
    pub fn status_at(&self, relative: &Relative, follow: Follow) -> Result<Stat, Failure> {
        let resolved = self.beneath(relative, follow, Access::Read)?;
        Ok(resolved.status()?)
    }

    /// Reads the target of a link, unless it is absolute.
    pub fn link_target_at(&self, relative: &Relative) -> Result<String, Failure> {
        let resolved = self.beneath(relative, LastLink::Keep, Access::Read)?;
        let failed = |errno| Failure::system(&resolved.path, errno);
        match &resolved.place {
            Place::Root(_) => Err(failed(Errno::INVAL)),
            Place::Missing { .. } => Err(failed(Errno::NOENT)),
            Place::Entry { parent, name, .. } => {
                let target = sys::link_target(parent, name.as_str()).map_err(failed)?;
                if target.starts_with(b"/") {
                    return Err(failed(Errno::PERM));
                }
                String::from_utf8(target).map_err(|_| failed(Errno::ILSEQ))
            }
        }
    }

    /// Creates a directory.
    pub fn make_directory_at(&self, relative: &Relative) -> Result<(), Failure> {
        let resolved = self.beneath(relative, LastLink::Keep, Access::Write)?;
        let (parent, name) = resolved.free()?;
        let made = rustix::fs::mkdirat(&**parent, name, Mode::from_raw_mode(0o777));
        made.map_err(|errno| Failure::system(&resolved.path, errno))
    }

    /// Creates a symbolic link to `target`, which must not be absolute.
    pub fn symlink_at(&self, target: &str, relative: &Relative) -> Result<(), Failure> {
        let resolved = self.beneath(relative, LastLink::Keep, Access::Write)?;
        if target.starts_with('/') {
            return Err(Failure::system(&resolved.path, Errno::PERM));
        }
        let (parent, name) = resolved.free()?;
        let made = rustix::fs::symlinkat(target, &**parent, name);
        made.map_err(|errno| Failure::system(&resolved.path, errno))
    }

    /// Denies a hard link: more could be granted to one name than to the other.
    pub fn hard_link_at(&self, source: &Relative, destination: &Relative) -> Result<(), Failure> {
        self.reach(source, LastLink::Keep, Access::Write)?;
        let (resolved, _) = self.reach(destination, LastLink::Keep, Access::Write)?;
        let reason = "hard links are not made; copy the file, or make a symbolic link";
        Err(FsError::never(&resolved.path, reason).into())
    }

    /// Removes a file or a link.
    pub fn unlink_at(&self, relative: &Relative) -> Result<(), Failure> {
        let resolved = self.beneath(relative, LastLink::Keep, Access::Write)?;
        let failed = |errno| Failure::system(&resolved.path, errno);
        match &resolved.place {
            Place::Root(_) => Err(failed(Errno::ISDIR)),
            Place::Missing { .. } => Err(failed(Errno::NOENT)),
            Place::Entry { stat, .. } if sys::kind(stat) == FileKind::Directory => {
                Err(failed(Errno::ISDIR))
            }
            Place::Entry { parent, name, .. } => sys::unlink(parent, name.as_str()).map_err(failed),
        }
    }

    /// Removes an empty directory.
    pub fn remove_directory_at(&self, relative: &Relative) -> Result<(), Failure> {
        let resolved = self.beneath(relative, LastLink::Keep, Access::Write)?;
        let failed = |errno| Failure::system(&resolved.path, errno);
        match &resolved.place {
            Place::Root(_) => Err(self.root_stays(&resolved)),
            Place::Missing { .. } => Err(failed(Errno::NOENT)),
            Place::Entry { parent, name, stat } => {
                if sys::kind(stat) != FileKind::Directory {
                    return Err(failed(Errno::NOTDIR));
                }
                self.may_move(&resolved)?;
                sys::remove_directory(parent, name.as_str()).map_err(failed)
            }
        }
    }

    /// Sets the times of access and modification.
    pub fn set_times_at(
        &self,
        relative: &Relative,
        follow: Follow,
        times: &Timestamps,
    ) -> Result<(), Failure> {
        let resolved = self.beneath(relative, follow, Access::Write)?;
        let failed = |errno| Failure::system(&resolved.path, errno);
        let (parent, name) = match &resolved.place {
            Place::Root(handle) => (handle, "."),
            Place::Missing { .. } => return Err(failed(Errno::NOENT)),
            Place::Entry { parent, name, .. } => (parent, name.as_str()),
        };
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&**parent, name, flags, Mode::empty()).map_err(failed)?;
        // What is open can no longer be replaced.
        let stat = rustix::fs::fstat(&opened).map_err(failed)?;
        must_have_one_name(&resolved.path, &stat)?;
        resolved.guard.admit(&resolved.path, &stat, Access::Write)?;
        rustix::fs::utimensat(&opened, "", times, AtFlags::EMPTY_PATH).map_err(failed)
    }

    /// Moves a file, a link or a directory; a file replaces a file, a directory an empty one. Returns the true paths.
    pub fn rename_at(
        &self,
        source: &Relative,
        destination: &Relative,
        cancelled: Cancelled<'_>,
    ) -> Result<(String, String), Failure> {
        let from = self.beneath(source, LastLink::Keep, Access::Write)?;
        let to = self.beneath(destination, LastLink::Keep, Access::Write)?;
        let failed = |errno| Failure::system(&to.path, errno);
        let (parent, name, stat) = match &from.place {
            Place::Root(_) => return Err(self.root_stays(&from)),
            Place::Missing { .. } => return Err(Failure::system(&from.path, Errno::NOENT)),
            Place::Entry { parent, name, stat } => (parent, name.as_str(), stat),
        };
        let moves_directory = sys::kind(stat) == FileKind::Directory;
        if moves_directory {
            self.may_move(&from)?;
        }
        if from.path == to.path {
            return Ok((from.path, to.path));
        }
        if is_beneath(&to.path, &from.path) {
            return Err(failed(Errno::INVAL));
        }
        let (new_parent, new_name) = match &to.place {
            Place::Root(_) => return Err(self.root_stays(&to)),
            Place::Entry { parent, name, stat } => {
                match (moves_directory, sys::kind(stat) == FileKind::Directory) {
                    (false, true) => return Err(failed(Errno::ISDIR)),
                    (true, false) => return Err(failed(Errno::NOTDIR)),
                    (true, true) => self.may_move(&to)?,
                    (false, false) => {}
                }
                (parent, name.as_str())
            }
            Place::Missing { .. } if to.only_directory && !moves_directory => {
                return Err(failed(Errno::NOTDIR));
            }
            Place::Missing { .. } => to.free()?,
        };
        if moves_directory {
            self.may_move_tree(&from, &to.path, cancelled)?;
        }
        rustix::fs::renameat(&**parent, name, &**new_parent, new_name).map_err(failed)?;
        Ok((from.path, to.path))
    }

    /// Returns the denial for moving or removing a granted directory.
    fn root_stays(&self, resolved: &Resolved) -> Failure {
        match self.refuse_granted(&resolved.path) {
            Err(error) => error.into(),
            Ok(()) => Failure::system(&resolved.path, Errno::BUSY),
        }
    }

    /// Checks that the directory itself may be moved or removed.
    fn may_move(&self, resolved: &Resolved) -> Result<(), Failure> {
        self.refuse_granted(&resolved.path)?;
        let stat = resolved.status()?;
        Ok(resolved.guard.may_move(&resolved.path, &stat)?)
    }
}

impl Resolved {
    /// Returns the existing directory and the free name in it.
    pub(crate) fn free(&self) -> Result<(&sys::Handle, &str), Failure> {
        match &self.place {
            Place::Missing { parent, names } => match names.as_slice() {
                [name] => Ok((parent, name.as_str())),
                _ => Err(Failure::system(&self.path, Errno::NOENT)),
            },
            _ => Err(Failure::system(&self.path, Errno::EXIST)),
        }
    }
}

/// Makes a time as the operating system takes it.
pub fn time(seconds: i64, nanoseconds: u32) -> Timespec {
    Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.into(),
    }
}

fn leads_out(path: &str) -> Failure {
    let reason = "leads out of the directory that it is sought in";
    Denial::new(
        "filesystem",
        path,
        reason,
        "none: WASI keeps a path beneath its directory",
    )
    .into()
}
