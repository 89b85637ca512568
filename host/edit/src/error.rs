//! Errors of reading and changing a text.

use thiserror::Error;

/// Why a text was not changed.
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
    /// It has another kind of value where a mapping or a list is expected.
    #[error("{}, where {expected} is expected", at_key(found, key))]
    Kind {
        /// The key; empty for the whole file.
        key: String,
        /// The kind of the existing value.
        found: &'static str,
        /// The expected kind.
        expected: &'static str,
    },
    /// It is written so that the change would affect other entries.
    #[error(
        "is written so that `{key}` cannot be changed without affecting other entries; change it by hand"
    )]
    Entangled {
        /// The key.
        key: String,
    },
}

/// Describes the value at a key, or the whole file.
fn at_key(found: &str, key: &str) -> String {
    match key {
        "" => format!("is {found}"),
        key => format!("has {found} at `{key}`"),
    }
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
