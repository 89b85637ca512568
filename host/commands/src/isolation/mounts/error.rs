//! How preparing a command's file system fails.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A plan that cannot be made or mounted.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    /// A path leads to something else than the host holds open, or to nothing.
    #[error(
        "{} is not what it was when the skill was loaded; load the skill again (the host does when its manifest is saved)",
        .0.display()
    )]
    Moved(PathBuf),
    /// A protected place does not exist yet, and its directory is granted for writing.
    #[error("{} cannot be kept from commands: it does not exist", .0.display())]
    Missing(PathBuf),
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// Where.
        path: PathBuf,
        /// Its error.
        source: io::Error,
    },
}

/// Converts the operating system's error for `path`.
pub(super) fn system(path: &Path, error: io::Error) -> PlanError {
    if error.kind() == io::ErrorKind::NotFound {
        return PlanError::Moved(path.to_owned());
    }
    PlanError::System {
        path: path.to_owned(),
        source: error,
    }
}
