//! Why a text cannot be read or changed.

use thiserror::Error;

/// A text that is left as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EditError {
    /// It is not of its format.
    #[error("is not valid {format}: {reason}")]
    Syntax {
        /// The format's name.
        format: &'static str,
        /// What is wrong, with its place.
        reason: String,
    },
    /// Something else stands where a mapping or a list is needed.
    #[error("has {found} at `{key}`, where {expected} is needed")]
    Kind {
        /// The key; empty for the whole file.
        key: String,
        /// What stands there.
        found: &'static str,
        /// What is needed.
        expected: &'static str,
    },
    /// It is written in a way that cannot be changed without changing more.
    #[error(
        "is written in a way that `{key}` cannot be changed without touching the rest; change it by hand"
    )]
    Entangled {
        /// The key.
        key: String,
    },
}

impl EditError {
    pub(crate) fn kind(path: &[&str], found: &'static str, expected: &'static str) -> Self {
        let key = path.join(".");
        Self::Kind {
            key,
            found,
            expected,
        }
    }

    pub(crate) fn entangled(path: &[&str]) -> Self {
        let key = path.join(".");
        Self::Entangled { key }
    }
}
