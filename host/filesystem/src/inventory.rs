//! A tree as archives need it: every entry in order, with the metadata that they keep; and creating links, which only
//! archives do.

use std::os::fd::AsFd as _;

use luminarys_grants::Access;

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::model::FileKind;
use crate::place::{LastLink, Place};
use crate::sys;
use crate::walk::{Purpose, walk};

/// An entry of a tree.
#[derive(Clone, Debug)]
pub struct Item {
    /// The path beneath the tree's root.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// Permission bits.
    pub mode: u32,
    /// Seconds since 1970.
    pub modified: i64,
}

/// What an entry of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Link(String),
    /// A device, socket or pipe.
    Other,
}

impl Filesystem {
    /// Lists everything in the directory at `path` that may be read and that `wanted` accepts, directories before their
    /// content. Also returns the directory's true path.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] for more than `most` entries; [`FsError::Invalid`] for a name that is not UTF-8.
    pub fn inventory(
        &self,
        path: &str,
        most: u64,
        wanted: &dyn Fn(&str) -> bool,
        cancelled: Cancelled<'_>,
    ) -> Result<(String, Vec<Item>), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let root = resolved.directory()?;
        let mut items = Vec::new();
        let mut cost = 0;
        walk(
            &root,
            &resolved.path,
            &resolved.guard,
            Purpose::READ,
            cancelled,
            &mut |found| {
                if found.leaving || !wanted(found.relative) {
                    return Ok(false);
                }
                self.grants.filesystem.decide(found.path, Access::Read)?;
                let failed = |error| FsError::system(found.path, error);
                if found.name.to_str().is_none() {
                    return Err(FsError::invalid(found.path, "is not UTF-8"));
                }
                let stat = sys::status(found.parent, found.name);
                let stat = stat.map_err(failed)?;
                let kind = match sys::kind(&stat) {
                    FileKind::File => ItemKind::File,
                    FileKind::Directory => ItemKind::Directory,
                    FileKind::Other => ItemKind::Other,
                    FileKind::Symlink => {
                        let target = sys::link_target(found.parent, found.name);
                        let target = String::from_utf8(target.map_err(failed)?);
                        let target = target.map_err(|_| {
                            FsError::invalid(found.path, "leads to a name that is not UTF-8")
                        })?;
                        ItemKind::Link(target)
                    }
                };
                let is_directory = kind == ItemKind::Directory;
                cost += (found.relative.len() + size_of::<Item>()) as u64;
                self.hold(cost, path)?;
                items.push(Item {
                    name: found.relative.to_owned(),
                    kind,
                    mode: sys::permissions(&stat),
                    modified: stat.st_mtime,
                });
                if items.len() as u64 > most {
                    return Err(FsError::TooLarge(format!(
                        "{path} holds more than {most} names, the skill's runtime.max_archive_entries"
                    )));
                }
                Ok(is_directory)
            },
        )?;
        Ok((resolved.path, items))
    }

    /// Returns the kind of what is at `path`, a link not followed; `None` when nothing is.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for an invalid path, [`FsError::Denied`].
    pub fn kind_at(&self, path: &str) -> Result<Option<FileKind>, FsError> {
        let resolved = self.resolve(path, LastLink::Keep, Access::Read)?;
        Ok(match &resolved.place {
            Place::Root(_) => Some(FileKind::Directory),
            Place::Entry { stat, .. } => Some(sys::kind(stat)),
            Place::Missing { .. } => None,
        })
    }

    /// Creates a symbolic link where nothing exists.
    ///
    /// # Errors
    /// [`FsError::AlreadyExists`], or as [`Filesystem::write`].
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Keep, Access::Write)?;
        match &resolved.place {
            Place::Missing { parent, names } if names.len() == 1 => {
                let made = rustix::fs::symlinkat(target, parent.as_fd(), names[0].as_str());
                made.map_err(|error| FsError::system(&resolved.path, error))
            }
            Place::Missing { .. } => Err(FsError::not_found(path)),
            _ => Err(FsError::system(&resolved.path, rustix::io::Errno::EXIST)),
        }
    }
}
