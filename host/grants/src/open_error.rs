//! Directories and files of a manifest that cannot be opened.

use thiserror::Error;

/// A granted directory or file that cannot be opened. The skill is not loaded.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The operating system's error.
    #[error(
        "{rule}: the directory {path} cannot be opened: {reason}; create it, or remove the entry"
    )]
    Directory {
        /// The manifest's file, line and key.
        rule: String,
        /// The path that was opened.
        path: String,
        /// The directory that must exist: `path`, or the parent directory of a file.
        needed: String,
        /// The reason of the failure.
        reason: String,
    },
    /// A certificate file is unreadable or invalid.
    #[error("{rule}: the certificates {path} cannot be read: {reason}")]
    Certificates {
        /// The manifest's file, line and key.
        rule: String,
        /// The file that was read.
        path: String,
        /// The reason of the failure.
        reason: String,
    },
}
