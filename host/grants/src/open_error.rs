//! What a manifest names that cannot be opened.

use thiserror::Error;

/// A granted directory or file that cannot be opened. The skill does not load.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The operating system's reason.
    #[error(
        "{rule}: the directory {path} cannot be opened: {reason}; create it, or remove the entry"
    )]
    Directory {
        /// The manifest's file, line and key.
        rule: String,
        /// What was to be opened.
        path: String,
        /// The directory that has to be there: `path`, or for a file the one that holds it.
        needed: String,
        /// Why it could not be.
        reason: String,
    },
    /// A file of certificates cannot be used.
    #[error("{rule}: the certificates {path} cannot be read: {reason}")]
    Certificates {
        /// The manifest's file, line and key.
        rule: String,
        /// What was to be read.
        path: String,
        /// Why it could not be.
        reason: String,
    },
}
