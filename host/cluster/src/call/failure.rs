//! Why a call has no result, as the node that runs it tells.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest message of a failure, in bytes.
pub(super) const MAX_FAILURE: usize = 16 << 10;
/// The longest denial of a failure, in bytes.
pub(super) const MAX_DENIED: usize = 4 << 10;

/// Why a call has no result.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The node does not run the instance, or not as the caller expects. Nothing ran.
    UnknownInstance,
    /// The instance has no such method. Nothing ran.
    UnknownMethod,
    /// The node's policy does not allow the call. Nothing ran.
    Denied,
    /// The head or the arguments are invalid. Nothing ran.
    Invalid,
    /// Arguments or result are larger than allowed.
    TooLarge,
    /// The node has too much to do. Nothing ran.
    Busy,
    /// The call took longer than it may.
    TimedOut,
    /// The call was cancelled.
    Cancelled,
    /// A limit of the skill or of the node is reached.
    Limit,
    /// The method's own error.
    Returned,
    /// The skill crashed, or the node failed.
    Failed,
}

impl FailureKind {
    /// Returns its name in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownInstance => "unknown_instance",
            Self::UnknownMethod => "unknown_method",
            Self::Denied => "denied",
            Self::Invalid => "invalid_arguments",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::TimedOut => "timeout",
            Self::Cancelled => "cancelled",
            Self::Limit => "limit",
            Self::Returned => "skill_error",
            Self::Failed => "failed",
        }
    }
}

/// What a policy or a grant of the node that runs a call has denied.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Denied {
    /// The capability.
    pub capability: String,
    /// The target of the operation.
    pub target: String,
    /// The line that would allow it.
    pub rule: String,
    /// The reason.
    pub reason: String,
}

impl Denied {
    pub(super) fn length(&self) -> usize {
        let parts = [&self.capability, &self.target, &self.rule, &self.reason];
        parts.iter().map(|part| part.len()).sum()
    }
}

/// A call has no result.
#[derive(Clone, Debug, Error, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[error("{message}")]
pub struct CallFailure {
    /// Why.
    pub kind: FailureKind,
    /// What to tell the caller; at most 16 KiB, the rest is cut.
    pub message: String,
    /// What was denied. Left out when it is longer than 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Box<Denied>>,
}

impl CallFailure {
    /// Makes one, and cuts the message if necessary.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(MAX_FAILURE));
        Self {
            kind,
            message,
            denied: None,
        }
    }

    /// Adds what was denied.
    #[must_use]
    pub fn with_denied(mut self, denied: Denied) -> Self {
        self.denied = Some(Box::new(denied)).filter(|it| it.length() <= MAX_DENIED);
        self
    }

    /// Returns whether another node may be asked: this one has certainly run nothing.
    pub fn is_elsewhere_possible(&self) -> bool {
        matches!(self.kind, FailureKind::UnknownInstance | FailureKind::Busy)
    }
}
