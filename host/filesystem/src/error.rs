//! How a file operation fails: the cases of the WIT `error` variant that files can meet.

use std::io;

use luminarys_grants::Denial;
use luminarys_text::cut;
use rustix::io::Errno;
use thiserror::Error;

/// A file operation that failed. The text says what was asked and what is in the way.
#[derive(Debug, Error)]
pub enum FsError {
    /// The manifest does not allow it, whether or not it exists.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// Nothing has that name.
    #[error("{0}")]
    NotFound(String),
    /// Something has that name already.
    #[error("{0}")]
    AlreadyExists(String),
    /// An argument makes no sense for this function.
    #[error("{0}")]
    Invalid(String),
    /// A value is too large.
    #[error("{0}")]
    TooLarge(String),
    /// A limit of what may be held is reached.
    #[error("{0}")]
    LimitExceeded(String),
    /// The operating system refused.
    #[error("{0}")]
    Io(String),
}

impl FsError {
    /// What the operating system said about `path`.
    pub(crate) fn system(path: &str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        let path = shown(path);
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(format!("{path} does not exist")),
            io::ErrorKind::AlreadyExists => Self::AlreadyExists(format!("{path} exists already")),
            io::ErrorKind::NotADirectory => Self::Invalid(format!("{path} is not a directory")),
            io::ErrorKind::IsADirectory => Self::Invalid(format!("{path} is a directory")),
            io::ErrorKind::CrossesDevices => Self::Io(format!(
                "{path}: the two places are on different file systems; copy and delete instead"
            )),
            _ => Self::Io(format!("{path}: {error}")),
        }
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::NotFound(format!("{} does not exist", shown(path)))
    }

    pub(crate) fn invalid(path: &str, reason: &str) -> Self {
        Self::Invalid(format!("{} {reason}", shown(path)))
    }

    /// Nobody waits for the answer any more.
    pub fn given_up() -> Self {
        Self::Io("the call was given up while it looked at files".to_owned())
    }

    /// A refusal that no line in a manifest lifts.
    pub(crate) fn never(path: &str, reason: &str) -> Self {
        Self::Denied(Denial::new(
            "filesystem",
            path,
            reason,
            "none: the manifest cannot allow this",
        ))
    }
}

/// A failure with the operating system's number for it: what WASI tells, which has no texts.
#[derive(Debug)]
pub struct Failure {
    /// The failure in words.
    pub error: FsError,
    /// Its number.
    pub errno: Errno,
}

impl Failure {
    /// What the operating system said about `path`.
    pub fn system(path: &str, errno: Errno) -> Self {
        FsError::system(path, errno).numbered(errno)
    }
}

impl FsError {
    /// The same with its number.
    pub(crate) fn numbered(self, errno: Errno) -> Failure {
        Failure { error: self, errno }
    }
}

impl From<FsError> for Failure {
    fn from(error: FsError) -> Self {
        let errno = match &error {
            FsError::Denied(_) => Errno::PERM,
            FsError::NotFound(_) => Errno::NOENT,
            FsError::AlreadyExists(_) => Errno::EXIST,
            FsError::Invalid(_) => Errno::INVAL,
            FsError::TooLarge(_) | FsError::LimitExceeded(_) => Errno::FBIG,
            FsError::Io(_) => Errno::IO,
        };
        error.numbered(errno)
    }
}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        FsError::from(denial).into()
    }
}

/// A path as it may stand in a message: hidden characters escaped, not longer than a line or so.
pub(crate) fn shown(path: &str) -> String {
    luminarys_text::visible(&cut(path, 512)).into_owned()
}
