//! Why an archive is not read.

use std::io;

use luminarys_filesystem::FsError;

/// Why an archive is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not an archive of that format, or holds what an archive may not.
    #[error("{0}")]
    Invalid(String),
    /// It exceeds a limit, named in the text.
    #[error("{0}")]
    TooLarge(String),
    /// One of its entries is damaged, or may not be there.
    #[error("the archive's entry {name} {reason}")]
    Entry {
        /// As it is in the archive, shortened and escaped.
        name: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
}

impl From<Error> for FsError {
    fn from(error: Error) -> Self {
        match error {
            Error::TooLarge(text) => Self::TooLarge(text),
            Error::Invalid(_) | Error::Entry { .. } => Self::Invalid(error.to_string()),
        }
    }
}

/// Returns the error for a failure to read the archive's bytes: a limit, an entry, or the archive as a whole.
pub fn broken(error: impl Into<io::Error>) -> Error {
    let error = error.into();
    known(&error).unwrap_or_else(|| {
        Error::Invalid(format!(
            "the archive cannot be read: {error}; it is damaged or of another format"
        ))
    })
}

/// Returns the error of this crate that came through a reader.
pub(crate) fn known(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().cloned()
}
