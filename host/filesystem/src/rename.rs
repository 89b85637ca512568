//! `rename`: moving a file, a link or a tree.

use luminarys_grants::Access;
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem, is_beneath};
use crate::model::FileKind;
use crate::place::{LastLink, Place, Resolved};
use crate::sys;
use crate::walk::{Found, Purpose, walk};

impl Filesystem {
    /// Moves a file, a link or a directory. A file or link at the destination is replaced.
    ///
    /// # Errors
    /// [`FsError::Denied`] for a granted directory, a tree that holds one, and a tree of which a part may not be
    /// changed where it is or where it would be; [`FsError::AlreadyExists`] when a directory is in the way;
    /// [`FsError::Invalid`] onto or into itself; [`FsError::System`] between file systems.
    pub fn rename(
        &self,
        source: &str,
        destination: &str,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        let from = self.resolve(source, LastLink::Keep, Access::Write)?;
        let to = self.resolve(destination, LastLink::Keep, Access::Write)?;
        let (parent, name, stat) = match &from.place {
            Place::Root(_) => {
                self.refuse_granted(&from.path)?;
                return Err(FsError::invalid(&from.path, "cannot be moved"));
            }
            Place::Missing { .. } => return Err(FsError::not_found(&from.path)),
            Place::Entry { parent, name, stat } => (parent, name.as_str(), stat),
        };
        let moves_directory = sys::kind(stat) == FileKind::Directory;
        if moves_directory {
            self.refuse_granted(&from.path)?;
            from.guard.may_move(&from.path, stat)?;
        }
        if from.path == to.path {
            return Err(FsError::invalid(&from.path, "cannot be moved onto itself"));
        }
        if is_beneath(&to.path, &from.path) {
            return Err(FsError::invalid(&from.path, "cannot be moved into itself"));
        }
        let (new_parent, new_name) = match &to.place {
            Place::Root(_) => return Err(FsError::system(&to.path, Errno::EXIST)),
            Place::Entry {
                parent, name, stat, ..
            } => {
                if moves_directory || sys::kind(stat) == FileKind::Directory {
                    return Err(FsError::system(&to.path, Errno::EXIST));
                }
                (parent, name.as_str())
            }
            Place::Missing { parent, names } => match names.as_slice() {
                [name] if moves_directory || !to.only_directory => (parent, name.as_str()),
                [_] => return Err(FsError::invalid(&to.path, "is to be a directory")),
                _ => {
                    let above = &to.path[..to.path.rfind('/').unwrap_or(0)];
                    return Err(FsError::not_found(above));
                }
            },
        };
        if moves_directory {
            self.may_move_tree(&from, &to.path, cancelled)?;
        }
        let failed = |error| FsError::system(&to.path, error);
        if !moves_directory {
            return rustix::fs::renameat(&**parent, name, &**new_parent, new_name).map_err(failed);
        }
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&**parent, name, &**new_parent, new_name, flags) {
            // Not every file system supports the flag. At worst an empty directory is replaced.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                rustix::fs::renameat(&**parent, name, &**new_parent, new_name).map_err(failed)
            }
            done => done.map_err(failed),
        }
    }

    /// Checks that every part of a tree may be changed where it is and where it will be.
    pub(crate) fn may_move_tree(
        &self,
        from: &Resolved,
        to: &str,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        if !self.is_divided(&from.path) && !self.is_divided(to) {
            return Ok(());
        }
        let mut check = |found: &Found<'_>| {
            let grants = &self.grants.filesystem;
            grants.decide(found.path, Access::Write)?;
            grants.decide(&format!("{to}/{}", found.relative), Access::Write)?;
            Ok(true)
        };
        let directory = from.directory()?;
        walk(
            &directory,
            &from.path,
            &from.guard,
            Purpose::CHANGE,
            cancelled,
            &mut check,
        )
    }
}
