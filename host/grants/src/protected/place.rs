//! A place that gives authority, as the host names it.

use std::path::PathBuf;

/// How far a place is closed to skills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// Readable, but not writable.
    ReadOnly,
    /// Neither readable nor writable.
    Hidden,
}

/// A file or directory that gives authority, existing or not. A directory includes everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityPlace {
    /// Its path; a relative path is resolved in the process's working directory.
    pub path: PathBuf,
    /// A glob: if set, the places are all present and future names beneath `path` that match it.
    pub pattern: Option<String>,
    /// A description, as in "it is …".
    pub what: String,
    /// The degree of protection.
    pub protection: Protection,
    /// Whether it is a directory, if it exists.
    pub directory: bool,
    /// Whether it is only secret: creating it gives no authority, so commands may create it.
    pub only_secret: bool,
}

impl AuthorityPlace {
    /// Creates a place that skills may read.
    pub fn read_only(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            pattern: None,
            what: what.into(),
            protection: Protection::ReadOnly,
            directory: false,
            only_secret: false,
        }
    }

    /// Creates a place that skills may not read.
    pub fn hidden(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self {
            protection: Protection::Hidden,
            ..Self::read_only(path, what)
        }
    }

    /// Creates a directory that skills may not list or read.
    pub fn hidden_directory(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self {
            directory: true,
            ..Self::hidden(path, what)
        }
    }

    /// Creates a place for the names beneath `directory` that match the glob `pattern`; skills may read them.
    pub fn matching(
        directory: impl Into<PathBuf>,
        pattern: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            pattern: Some(pattern.into()),
            ..Self::read_only(directory, what)
        }
    }
}
