//! Why a command gets no file system of its own.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why there is no plan.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    /// The path of something that the host holds open leads elsewhere, or nowhere.
    #[error(
        "{} is not what it was when the skill was loaded; load the skill again (the host does when its manifest is saved)",
        .0.display()
    )]
    Moved(PathBuf),
    /// A place to be kept cannot be mounted, as it does not exist yet, and its directory is granted as such.
    #[error("{} cannot be kept from commands: it does not exist", .0.display())]
    Missing(PathBuf),
    /// The operating system.
    #[error("{}: {error}", path.display())]
    System { path: PathBuf, error: io::Error },
}

/// Returns the error for what the operating system says of `path`.
pub(super) fn system(path: &Path, error: io::Error) -> PlanError {
    if error.kind() == io::ErrorKind::NotFound {
        return PlanError::Moved(path.to_owned());
    }
    PlanError::System {
        path: path.to_owned(),
        error,
    }
}
