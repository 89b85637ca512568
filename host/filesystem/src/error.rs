//! How an operation on files fails: the cases of the WIT `error` variant that files can meet.

use std::error::Error as StdError;
use std::io;

use luminarys_grants::Denial;
use luminarys_text::cut;
use rustix::io::Errno;
use thiserror::Error;

/// An operation on files that failed. The text names the path and what is in the way.
#[derive(Debug, Error)]
pub enum FsError {
    /// The manifest does not allow it, whether or not the path exists.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The path does not exist.
    #[error("{0}")]
    NotFound(String),
    /// Something has the name already.
    #[error("{0}")]
    AlreadyExists(String),
    /// An argument makes no sense for this function.
    #[error("{0}")]
    Invalid(String),
    /// A value is too large.
    #[error("{0}")]
    TooLarge(String),
    /// The caller has no room for the answer.
    #[error("{what}: {source}")]
    NoRoom {
        /// What was to be returned.
        what: String,
        /// The limit.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The operating system fails.
    #[error("{}", describe(path, source))]
    System {
        /// The path in question, as a message may show it.
        path: String,
        /// What the operating system reports.
        source: io::Error,
    },
    /// Something else fails.
    #[error("{0}")]
    Io(String),
}

/// What kind of failure an [`FsError`] is, wherever it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsErrorKind {
    /// The manifest does not allow it.
    Denied,
    /// The path does not exist.
    NotFound,
    /// Something has the name already.
    AlreadyExists,
    /// An argument makes no sense for this function.
    Invalid,
    /// A value is too large.
    TooLarge,
    /// A limit of what may be held is reached.
    LimitExceeded,
    /// Anything else.
    Io,
}

impl FsError {
    /// Makes an error of what the operating system reports about `path`.
    pub(crate) fn system(path: &str, error: impl Into<io::Error>) -> Self {
        Self::System {
            path: shown(path),
            source: error.into(),
        }
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> FsErrorKind {
        match self {
            Self::Denied(_) => FsErrorKind::Denied,
            Self::NotFound(_) => FsErrorKind::NotFound,
            Self::AlreadyExists(_) => FsErrorKind::AlreadyExists,
            Self::Invalid(_) => FsErrorKind::Invalid,
            Self::TooLarge(_) => FsErrorKind::TooLarge,
            Self::NoRoom { .. } => FsErrorKind::LimitExceeded,
            Self::System { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => FsErrorKind::NotFound,
                io::ErrorKind::AlreadyExists => FsErrorKind::AlreadyExists,
                io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => FsErrorKind::Invalid,
                _ => FsErrorKind::Io,
            },
            Self::Io(_) => FsErrorKind::Io,
        }
    }

    /// Returns whether the disk is full, a quota is used up, or a file would be larger than files may be.
    pub fn is_no_space(&self) -> bool {
        let Self::System { source, .. } = self else {
            return false;
        };
        let errno = source.raw_os_error().map(Errno::from_raw_os_error);
        matches!(errno, Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG))
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::NotFound(format!("{} does not exist", shown(path)))
    }

    pub(crate) fn invalid(path: &str, reason: &str) -> Self {
        Self::Invalid(format!("{} {reason}", shown(path)))
    }

    /// Makes the error of a call that was cancelled.
    pub fn given_up() -> Self {
        Self::Io("the call was given up while it looked at files".to_owned())
    }

    /// Makes a denial that no line in a manifest lifts.
    pub(crate) fn never(path: &str, reason: &str) -> Self {
        Self::Denied(Denial::new(
            "filesystem",
            path,
            reason,
            "none: the manifest cannot allow this",
        ))
    }
}

fn describe(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path} does not exist"),
        io::ErrorKind::AlreadyExists => format!("{path} exists already"),
        io::ErrorKind::NotADirectory => format!("{path} is not a directory"),
        io::ErrorKind::IsADirectory => format!("{path} is a directory"),
        io::ErrorKind::CrossesDevices => {
            format!("{path}: the two places are on different file systems; copy and delete instead")
        }
        _ => format!("{path}: {error}"),
    }
}

/// A failure and its error number, which is all that WASI reports.
#[derive(Debug)]
pub struct Failure {
    /// The failure in words.
    pub error: FsError,
    /// The error number.
    pub errno: Errno,
}

impl Failure {
    /// Makes a failure of what the operating system reports about `path`.
    pub fn system(path: &str, errno: Errno) -> Self {
        FsError::system(path, errno).numbered(errno)
    }
}

impl FsError {
    /// Adds an error number.
    pub(crate) fn numbered(self, errno: Errno) -> Failure {
        Failure { error: self, errno }
    }
}

impl From<FsError> for Failure {
    fn from(error: FsError) -> Self {
        let errno = match error.kind() {
            FsErrorKind::Denied => Errno::PERM,
            FsErrorKind::NotFound => Errno::NOENT,
            FsErrorKind::AlreadyExists => Errno::EXIST,
            FsErrorKind::Invalid => Errno::INVAL,
            FsErrorKind::TooLarge | FsErrorKind::LimitExceeded => Errno::FBIG,
            FsErrorKind::Io => Errno::IO,
        };
        error.numbered(errno)
    }
}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        FsError::from(denial).into()
    }
}

/// Returns a path as a message may show it: hidden characters escaped, not longer than a line or so.
pub(crate) fn shown(path: &str) -> String {
    luminarys_text::visible(&cut(path, 512)).into_owned()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn errors_of_the_operating_system_keep_their_source_and_have_a_kind() {
        let rows = [
            (Errno::NOENT, FsErrorKind::NotFound, "/a does not exist"),
            (
                Errno::EXIST,
                FsErrorKind::AlreadyExists,
                "/a exists already",
            ),
            (Errno::NOTDIR, FsErrorKind::Invalid, "/a is not a directory"),
            (Errno::ISDIR, FsErrorKind::Invalid, "/a is a directory"),
            (
                Errno::XDEV,
                FsErrorKind::Io,
                "/a: the two places are on different file systems; copy and delete instead",
            ),
            (
                Errno::NOSPC,
                FsErrorKind::Io,
                "/a: No space left on device (os error 28)",
            ),
        ];
        each_row(rows, |(errno, kind, text)| {
            let failure = Failure::system("/a", errno);
            assert_eq!(failure.errno, errno);
            assert_eq!(
                (failure.error.kind(), failure.error.to_string().as_str()),
                (kind, text)
            );
            let source = failure.error.source().unwrap();
            let source = source.downcast_ref::<io::Error>().unwrap();
            assert_eq!(source.raw_os_error(), Some(errno.raw_os_error()));
        });
    }
}
