//! `delete`, `mkdir` and `chmod`, which can affect a whole tree. Each name in it is decided on by itself, and all are
//! before the first is changed.

use luminarys_grants::pattern::expand_braces;
use luminarys_grants::{Access, DirectoryGrant};
use rustix::fs::Stat;
use rustix::io::Errno;

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem, is_beneath};
use crate::guard::Guard;
use crate::model::FileKind;
use crate::place::{LastLink, Place};
use crate::read::must_have_one_name;
use crate::sys::{self, Handle};
use crate::walk::{Found, Purpose, walk};

/// Directories that one `mkdir` creates, at most.
const MAX_DIRECTORIES: usize = 1000;

impl Filesystem {
    /// Removes a file, a link, or a directory and everything in it.
    ///
    /// # Errors
    /// [`FsError::Denied`] for a granted directory, a tree that holds one, and a tree with anything read-only in it.
    /// After [`FsError::System`] a part of the tree may have been removed.
    pub fn delete(&self, path: &str, cancelled: Cancelled<'_>) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Keep, Access::Write)?;
        let path = resolved.path.as_str();
        let (parent, name, stat) = match &resolved.place {
            Place::Root(_) => return Err(granted_itself(path)),
            Place::Missing { .. } => return Err(FsError::not_found(path)),
            Place::Entry { parent, name, stat } => (parent, name.as_str(), stat),
        };
        let failed = |error| FsError::system(path, error);
        if sys::kind(stat) != FileKind::Directory {
            return sys::unlink(parent, name).map_err(failed);
        }
        self.refuse_granted(path)?;
        let guard = &resolved.guard;
        guard.may_move(path, stat)?;
        let directory = resolved.directory()?;
        if self.is_divided(path) {
            self.may_change_tree(&directory, path, guard, cancelled)?;
        }
        let purpose = Purpose::CHANGE;
        walk(&directory, path, guard, purpose, cancelled, &mut |found| {
            self.grants.filesystem.decide(found.path, Access::Write)?;
            let removed = match (found.kind, found.leaving) {
                (FileKind::Directory, false) => return Ok(true),
                (FileKind::Directory, true) => sys::remove_directory(found.parent, found.name),
                _ => sys::unlink(found.parent, found.name),
            };
            match removed {
                // Someone else has removed it.
                Ok(()) | Err(Errno::NOENT) => Ok(false),
                Err(error) => Err(FsError::system(found.path, error)),
            }
        })?;
        sys::remove_directory(parent, name).map_err(failed)
    }

    /// Creates a directory and its parents, or with braces several. It is no error when the directory exists.
    ///
    /// # Errors
    /// [`FsError::AlreadyExists`] when something else has the name, [`FsError::Invalid`] for broken braces or more than
    /// 1,000 directories, [`FsError::Denied`], [`FsError::System`]. Nothing is created unless all are granted.
    pub fn mkdir(&self, path: &str) -> Result<(), FsError> {
        let paths = expand_braces(path, MAX_DIRECTORIES)
            .map_err(|error| FsError::invalid(path, &error.reason))?;
        for path in &paths {
            self.plan_directory(path)?;
        }
        for path in &paths {
            // Resolved again: one path can be the parent of another.
            self.make_directory(path)?;
        }
        Ok(())
    }

    /// Creates one directory and its parents, as [`Filesystem::mkdir`] does; braces are literal.
    ///
    /// # Errors
    /// As [`Filesystem::mkdir`].
    pub fn make_directory(&self, path: &str) -> Result<(), FsError> {
        match self.plan_directory(path)? {
            Some((parent, path, names)) => self.make_directories(parent, &path, &names).map(drop),
            None => Ok(()),
        }
    }

    /// Returns where to create the directory `path`, and which names; `None` when it exists.
    fn plan_directory(&self, path: &str) -> Result<Option<(Handle, String, Vec<String>)>, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        match resolved.place {
            Place::Root(_) => Ok(None),
            Place::Entry { stat, .. } if sys::kind(&stat) == FileKind::Directory => Ok(None),
            Place::Entry { .. } => Err(FsError::system(&resolved.path, Errno::EXIST)),
            Place::Missing { parent, names } => {
                self.may_make(&resolved.path, names.len())?;
                Ok(Some((parent, resolved.path, names)))
            }
        }
    }

    /// Sets permission bits, with `recursive` also of everything in a directory. Links in it are left alone.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for bits beyond 0o777 and for devices, sockets and pipes, [`FsError::Denied`] for a file
    /// with further hard links; both before anything in a tree is changed.
    pub fn chmod(
        &self,
        path: &str,
        mode: u32,
        recursive: bool,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        if mode > 0o777 {
            return Err(FsError::Invalid(format!(
                "the mode {mode:#o} is not one of 0 to 0o777; the set-id and sticky bits cannot be set"
            )));
        }
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let path = resolved.path.as_str();
        let (parent, name, stat) = match &resolved.place {
            Place::Missing { .. } => return Err(FsError::not_found(path)),
            Place::Entry { parent, name, stat } => (parent, name.as_str(), Some(stat)),
            Place::Root(handle) => (handle, ".", None),
        };
        if let Some(stat) = stat {
            may_change_mode(path, stat)?;
        }
        resolved.guard.may_move(path, &resolved.status()?)?;
        let is_directory = stat.is_none_or(|stat| sys::kind(stat) == FileKind::Directory);
        if recursive && is_directory {
            let (directory, guard) = (resolved.directory()?, &resolved.guard);
            self.change_modes(&directory, path, mode, guard, cancelled)?;
        }
        change_mode(parent, name, path, mode)
    }

    /// Checks that the mode of the file or directory at `path` may be changed.
    ///
    /// # Errors
    /// As [`Filesystem::chmod`].
    pub fn may_chmod(&self, path: &str) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let stat = resolved.status()?;
        may_change_mode(&resolved.path, &stat)?;
        resolved.guard.may_move(&resolved.path, &stat)
    }

    /// Sets the mode of everything beneath `directory`, content before its directory, which the mode may close.
    fn change_modes(
        &self,
        directory: &Handle,
        path: &str,
        mode: u32,
        guard: &Guard,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        let mut check = |found: &Found<'_>| {
            self.grants.filesystem.decide(found.path, Access::Write)?;
            if found.kind == FileKind::File {
                let stat = sys::status(found.parent, found.name)
                    .map_err(|error| FsError::system(found.path, error))?;
                may_change_mode(found.path, &stat)?;
            }
            Ok(true)
        };
        let purpose = Purpose::CHANGE;
        walk(directory, path, guard, purpose, cancelled, &mut check)?;
        let mut apply = |found: &Found<'_>| {
            self.grants.filesystem.decide(found.path, Access::Write)?;
            match (found.kind, found.leaving) {
                (FileKind::Directory, false) => return Ok(true),
                (FileKind::Directory, true) | (FileKind::File, _) => {
                    change_mode(found.parent, found.name, found.path, mode)?;
                }
                (FileKind::Symlink | FileKind::Other, _) => {}
            }
            Ok(false)
        };
        walk(directory, path, guard, purpose, cancelled, &mut apply)
    }

    /// Denies moving or removing a directory that the manifest names, or one that holds such a directory.
    pub(crate) fn refuse_granted(&self, path: &str) -> Result<(), FsError> {
        let grants = &self.grants.filesystem;
        if grants
            .entries()
            .iter()
            .any(|entry| is_beneath(&entry.root, path))
        {
            return Err(granted_itself(path));
        }
        // A directory that a wildcard matches. A pattern that ends in ** matches the content as well.
        let entry = grants.decide(path, Access::Write)?;
        let parent = &path[..path.rfind('/').unwrap_or(0)];
        let above = grants.covering(if parent.is_empty() { "/" } else { parent }, Access::Read);
        let goes_on = above.is_some_and(|above| above.rule == entry.rule);
        if entry.wildcard && !goes_on && !entry.pattern.ends_with("**") {
            return Err(granted_itself(path));
        }
        Ok(())
    }

    /// Returns whether more than one entry of the manifest can decide on what is beneath `path`.
    pub(crate) fn is_divided(&self, path: &str) -> bool {
        let grants = &self.grants.filesystem;
        let own = grants.covering(path, Access::Read);
        let own = own.map(|entry| &entry.rule);
        let reaches = |entry: &&DirectoryGrant| {
            is_beneath(&entry.root, path) || (entry.wildcard && is_beneath(path, &entry.root))
        };
        let mut reaching = grants.entries().iter().filter(reaches);
        reaching.any(|entry| own != Some(&entry.rule))
    }

    /// Checks that everything beneath `directory` may be changed.
    fn may_change_tree(
        &self,
        directory: &Handle,
        path: &str,
        guard: &Guard,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        let mut check = |found: &Found<'_>| {
            self.grants.filesystem.decide(found.path, Access::Write)?;
            Ok(true)
        };
        walk(
            directory,
            path,
            guard,
            Purpose::CHANGE,
            cancelled,
            &mut check,
        )
    }
}

fn granted_itself(path: &str) -> FsError {
    let reason = "it is a directory that the manifest grants, or holds one; it stays where it is";
    FsError::never(path, reason)
}

/// Checks that a mode may be changed: that of a directory, or of a file without further hard links.
fn may_change_mode(path: &str, stat: &Stat) -> Result<(), FsError> {
    match sys::kind(stat) {
        FileKind::Directory => Ok(()),
        FileKind::File => must_have_one_name(path, stat),
        FileKind::Symlink | FileKind::Other => {
            Err(FsError::invalid(path, "is neither a file nor a directory"))
        }
    }
}

fn change_mode(
    parent: &Handle,
    name: impl rustix::path::Arg + Copy,
    path: &str,
    mode: u32,
) -> Result<(), FsError> {
    let failed = |error| FsError::system(path, error);
    let opened = sys::open_for_mode(parent, name).map_err(failed)?;
    // What is open can no longer be replaced.
    may_change_mode(path, &rustix::fs::fstat(&opened).map_err(failed)?)?;
    sys::change_mode(&opened, mode).map_err(failed)
}
