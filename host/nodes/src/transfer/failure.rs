//! How a transfer fails: errors of files as they travel, and as skills get them.

use std::sync::{Arc, Mutex, PoisonError};

use luminarys_cluster::{TransferError, TransferFailure, TransferFailureKind};
use luminarys_orchestrator::{ClusterError, FsError, FsErrorKind};
use luminarys_text::{redact, visible};

/// Returns an error of a file of this node as another node gets it.
pub(super) fn to_there(error: &FsError) -> TransferFailure {
    let kind = match error.kind() {
        _ if error.is_no_space() => TransferFailureKind::NoSpace,
        FsErrorKind::Denied => TransferFailureKind::Denied,
        FsErrorKind::NotFound => TransferFailureKind::NotFound,
        FsErrorKind::AlreadyExists => TransferFailureKind::AlreadyExists,
        FsErrorKind::Invalid => TransferFailureKind::Invalid,
        FsErrorKind::TooLarge | FsErrorKind::LimitExceeded => TransferFailureKind::Busy,
        FsErrorKind::Io => TransferFailureKind::Io,
    };
    let text = match error {
        // It is told there who denies it.
        FsError::Denied(denial) if denial.reason.contains(&denial.target) => denial.reason.clone(),
        FsError::Denied(denial) => format!("{}: {}", denial.target, denial.reason),
        error => error.to_string(),
    };
    TransferFailure::new(kind, redact(&text))
}

/// The error of a file of this node that ends a transfer of a skill of this node, which gets it as it is.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Option<FsError>>>);

impl Kept {
    /// Keeps an error. Returns it as the cluster needs it.
    pub fn keep(&self, error: FsError) -> TransferFailure {
        let failure = to_there(&error);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        failure
    }

    fn take(&self) -> Option<FsError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the error of a transfer as a skill of this node gets it.
    pub fn explain(&self, error: TransferError) -> ClusterError {
        match error {
            TransferError::Here(failure) => match self.take() {
                Some(error) => ClusterError::Here(error),
                None => of_kind(failure.kind, failure.message),
            },
            TransferError::There { node, failure } => {
                let message = visible(&failure.message).into_owned();
                match failure.kind {
                    TransferFailureKind::Denied => ClusterError::Denied {
                        node: node.to_string(),
                        reason: message,
                    },
                    kind => of_kind(kind, format!("node {node}: {message}")),
                }
            }
            TransferError::Link(_)
            | TransferError::Stalled { .. }
            | TransferError::Invalid { .. } => {
                ClusterError::Io(visible(&error.to_string()).into_owned())
            }
        }
    }
}

fn of_kind(kind: TransferFailureKind, text: String) -> ClusterError {
    match kind {
        TransferFailureKind::NotFound => ClusterError::NotFound(text),
        TransferFailureKind::AlreadyExists => ClusterError::AlreadyExists(text),
        TransferFailureKind::Invalid => ClusterError::Invalid(text),
        TransferFailureKind::Busy => ClusterError::Limit(text),
        TransferFailureKind::Denied
        | TransferFailureKind::NoSpace
        | TransferFailureKind::Damaged
        | TransferFailureKind::Io => ClusterError::Io(text),
    }
}
