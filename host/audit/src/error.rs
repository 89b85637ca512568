//! How opening and writing the audit log fails.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The audit log cannot be opened or written.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The file exists and is not an audit log.
    #[error("the file holds something other than decisions, and writing to it would damage it")]
    NotDecisions,
    /// Something other than a file has the name of a full file.
    #[error("needs the name {} for a full file, and that is not a file; move it away", .0.display())]
    NotAFile(PathBuf),
    /// The operating system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}
