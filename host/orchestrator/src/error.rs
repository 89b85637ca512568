//! Errors of starting and calling.

use luminarys_grants::Denial;
use luminarys_runtime::{CallError, RuntimeError};
use thiserror::Error;

use crate::remote_failure::RemoteFailure;

/// Why the orchestrator cannot run. A skill that cannot be loaded is never a reason: see [`crate::SkillReport`].
#[derive(Debug, Error)]
pub enum StartError {
    /// The engine or the state directory.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The directory of schedules.
    #[error("the schedules in data_dir cannot be used: {0}")]
    Schedules(std::io::Error),
    /// The subscriptions to events.
    #[error("the subscriptions in data_dir cannot be used: {0}")]
    Subscriptions(std::io::Error),
    /// The audit log.
    #[error(
        "decisions cannot be written to {path}: {reason}; choose another file with `audit.path`"
    )]
    Audit {
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: String,
    },
    /// Files cannot be watched.
    #[error("files cannot be watched for changes: {0}")]
    Watch(String),
}

/// Why a call has no result.
#[derive(Debug, Error)]
pub enum InvokeError {
    /// No manifest has this id.
    #[error("unknown skill: {0}; `luminarys list` shows the existing ones")]
    UnknownSkill(String),
    /// The skill has no such method, or not for this caller.
    #[error("unknown method: {skill} has no method {method} that can be called from here")]
    UnknownMethod {
        /// The skill.
        skill: String,
        /// The method.
        method: String,
    },
    /// No tool has this name.
    #[error("unknown tool: {0}")]
    UnknownTool(String),
    /// There is nothing of this name here, and the other nodes of the cluster are not known now.
    #[error(
        "{0}; this node is not connected to its cluster now, whose other nodes may have it: try again later"
    )]
    NotConnected(Box<InvokeError>),
    /// The skill has a manifest but does not run.
    #[error("{skill} is not loaded: {problem}")]
    NotLoaded {
        /// The skill.
        skill: String,
        /// The reason, as in its report.
        problem: String,
    },
    /// A callback, and the caller is neither the skill itself nor the host.
    #[error("denied: {method} is a callback of {skill}: only that skill and the host may call it")]
    Private {
        /// The skill.
        skill: String,
        /// The method.
        method: String,
    },
    /// Denied by the policy of the caller or of the callee.
    #[error(transparent)]
    Denied(Denial),
    /// The arguments are invalid. Nothing ran.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// The call itself failed.
    #[error(transparent)]
    Call(CallError),
    /// The call of a skill on another node failed.
    #[error(transparent)]
    Remote(RemoteFailure),
    /// The skill's grants changed, or it was stopped, while the call ran.
    #[error(
        "the call was ended: the operator changed the grants of {0}, or stopped it; try again if it is still allowed"
    )]
    Revoked(String),
    /// The host is shutting down.
    #[error("the host is shutting down")]
    ShuttingDown,
}

impl From<CallError> for InvokeError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::InvalidArguments(reason) => Self::InvalidArguments(reason),
            other => Self::Call(other),
        }
    }
}
