//! A resolved place, as handles: a directory and the last name in it.

use std::sync::Arc;

use luminarys_grants::Rule;
use rustix::fs::Stat;

use crate::error::FsError;
use crate::guard::Guard;
use crate::model::FileKind;
use crate::sys::{self, Handle};

/// What to do about a link at the end of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastLink {
    Follow,
    Keep,
}

/// Where a path leads. The manifest allows the requested access.
pub(crate) struct Resolved {
    /// The true absolute path.
    pub path: String,
    pub place: Place,
    /// Whether the path ends in a slash or a dot, and so can only name a directory.
    pub only_directory: bool,
    pub guard: Guard,
    /// Why the place is closed to every skill, though not to the requested access.
    pub closed: Option<Arc<Rule>>,
}

/// A place as handles.
pub(crate) enum Place {
    /// The directory of a grant, open since the skill was loaded.
    Root(Handle),
    /// Something that exists.
    Entry {
        parent: Handle,
        name: String,
        stat: Stat,
    },
    /// Nothing. `names` are the missing parts of the path, at least one.
    Missing { parent: Handle, names: Vec<String> },
}

impl Resolved {
    /// Returns the status of what is there.
    pub(crate) fn status(&self) -> Result<Stat, FsError> {
        match &self.place {
            Place::Root(handle) => {
                rustix::fs::fstat(&**handle).map_err(|error| FsError::system(&self.path, error))
            }
            Place::Entry { stat, .. } => Ok(*stat),
            Place::Missing { .. } => Err(FsError::not_found(&self.path)),
        }
    }

    /// Opens the directory that it is.
    pub(crate) fn directory(&self) -> Result<Handle, FsError> {
        match &self.place {
            Place::Root(handle) => Ok(handle.clone()),
            Place::Entry { parent, name, stat } if sys::kind(stat) == FileKind::Directory => {
                sys::open_directory(parent, name.as_str())
                    .map_err(|error| FsError::system(&self.path, error))
            }
            Place::Entry { .. } => Err(FsError::invalid(&self.path, "is not a directory")),
            Place::Missing { .. } => Err(FsError::not_found(&self.path)),
        }
    }
}
