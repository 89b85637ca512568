//! Decisions asked for by the operator rather than by a skill.

use std::sync::Arc;

use luminarys_grants::{Access, Denial, Grants};

use crate::capabilities::filesystem::{Filesystem, FsError};

/// Why there is no answer, or not the one hoped for.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum ExplainError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(Denial),
    /// The question makes no sense, such as a relative path.
    #[error("{0}")]
    Invalid(String),
}

/// Resolves `path` as a skill with `grants` would have it, links followed, and decides: the manifest's line that allows
/// `access`. Blocking.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_path(
    grants: Arc<Grants>,
    path: &str,
    access: Access,
) -> Result<String, ExplainError> {
    let files = Filesystem::new(grants, 0);
    files.explain(path, access).map_err(|error| match error {
        FsError::Denied(denial) => ExplainError::Denied(denial),
        other => ExplainError::Invalid(other.to_string()),
    })
}
