//! A skill's files as its calls see them: all that is granted, or the same without changes.

use std::sync::OnceLock;

use luminarys_grants::Narrowing;

use crate::filesystem::Filesystem;

/// The files of a skill, as its calls see them.
#[derive(Debug)]
pub struct Views {
    all: Filesystem,
    /// Made with the first call that needs it.
    read_only: OnceLock<Filesystem>,
}

impl Views {
    /// Makes the views of `all` that the manifest grants.
    pub fn new(all: Filesystem) -> Self {
        Self {
            all,
            read_only: OnceLock::new(),
        }
    }

    /// Returns the files as a call with this narrowing may use them.
    pub fn of(&self, narrowing: Narrowing) -> &Filesystem {
        match narrowing.read_only {
            true => self.read_only.get_or_init(|| self.all.read_only()),
            false => &self.all,
        }
    }

    /// Returns what the manifest grants. Only to look at: a handle that outlives a call is no narrower after it.
    pub fn all(&self) -> &Filesystem {
        &self.all
    }
}
