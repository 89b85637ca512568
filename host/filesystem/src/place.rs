//! A place that was resolved, as handles: a directory and the last name in it.

use std::sync::Arc;

use luminarys_grants::Rule;
use rustix::fs::Stat;

use crate::error::FsError;
use crate::guard::Guard;
use crate::model::FileKind;
use crate::sys::{self, Handle};

/// What to do with a link at the very end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastLink {
    Follow,
    Keep,
}

/// Where a path leads. The manifest allows the access that was asked for.
pub(crate) struct Resolved {
    /// The true absolute path.
    pub path: String,
    pub place: Place,
    /// The path ends in a slash or a dot: only a directory will do.
    pub only_directory: bool,
    pub guard: Guard,
    /// Why the place is closed to every skill; the access that was asked for is not.
    pub closed: Option<Arc<Rule>>,
}

/// A place as handles.
pub(crate) enum Place {
    /// The root of a grant, open since the skill was loaded.
    Root(Handle),
    /// Something that is there.
    Entry {
        parent: Handle,
        name: String,
        stat: Stat,
    },
    /// Nothing: names from the first that is missing on, never empty.
    Missing { parent: Handle, names: Vec<String> },
}

impl Resolved {
    /// What is there.
    pub(crate) fn status(&self) -> Result<Stat, FsError> {
        match &self.place {
            Place::Root(handle) => {
                rustix::fs::fstat(&**handle).map_err(|error| FsError::system(&self.path, error))
            }
            Place::Entry { stat, .. } => Ok(*stat),
            Place::Missing { .. } => Err(FsError::not_found(&self.path)),
        }
    }

    /// The directory it is.
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
