//! What goes wrong with calls of skills of other nodes.

use luminarys_grants::Denial;
use thiserror::Error;

/// What went wrong on another node, or on the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteFailureKind {
    /// No node runs the skill any more, or not its method. Nothing ran.
    Unknown,
    /// The other node's policies deny the call. Nothing ran.
    Denied,
    /// The arguments are invalid. Nothing ran.
    Invalid,
    /// A limit of this or the other node is reached.
    Limit,
    /// The other node cannot serve the call now. Nothing ran.
    Unavailable,
    /// The other node was lost while the call ran. It may have run.
    Lost,
    /// It took too long.
    TimedOut,
    /// It was cancelled.
    Cancelled,
    /// The method's own error.
    Returned,
    /// The skill crashed, or the host there failed.
    Broken,
}

impl RemoteFailureKind {
    /// Returns its name in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Denied => "denied",
            Self::Invalid => "invalid_arguments",
            Self::Limit => "limit",
            Self::Unavailable => "unavailable",
            Self::Lost => "lost",
            Self::TimedOut => "timeout",
            Self::Cancelled => "cancelled",
            Self::Returned => "skill_error",
            Self::Broken => "broken",
        }
    }
}

/// A call on another node has no result.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct RemoteFailure {
    /// What went wrong.
    pub kind: RemoteFailureKind,
    /// The text for the caller, which names the node.
    pub message: String,
    /// What the other node denied.
    pub denial: Option<Box<Denial>>,
}
