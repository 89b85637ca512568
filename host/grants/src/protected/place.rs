//! A place that gives authority, as the host names it.

use std::path::PathBuf;

/// How far a place is closed to skills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// It may be read.
    ReadOnly,
    /// It may be neither read nor written.
    Hidden,
}

/// A file or directory that gives authority, there or not. Of a directory, all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityPlace {
    /// Its path; a relative one begins at the process's working directory.
    pub path: PathBuf,
    /// A glob: the place is then not `path` but whatever beneath it has such a name, now or later.
    pub pattern: Option<String>,
    /// What it is, as in "it is …".
    pub what: String,
    /// How far it is closed.
    pub protection: Protection,
    /// Whether it is a directory, where there is one.
    pub directory: bool,
    /// Whether it gives no authority by being made: then commands may make it.
    pub only_secret: bool,
}

impl AuthorityPlace {
    /// A place that skills may read.
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

    /// A place that skills may not read.
    pub fn hidden(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self {
            protection: Protection::Hidden,
            ..Self::read_only(path, what)
        }
    }

    /// A directory that skills may not look into.
    pub fn hidden_directory(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self {
            directory: true,
            ..Self::hidden(path, what)
        }
    }

    /// Names beneath `directory` that match the glob `pattern`; skills may read what has them.
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
