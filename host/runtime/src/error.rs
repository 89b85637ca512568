//! Errors of loading and calling.

use luminarys_accounts::Exhausted;
use luminarys_grants::Denial;
use luminarys_network::SetupError;
use luminarys_store::StateError;
use luminarys_text::cut;
use thiserror::Error;

use crate::turns::Deadlock;

/// The engine cannot be set up.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The connection to the language model cannot be set up.
    #[error("the language model: {0}")]
    Model(String),
    /// Name servers, proxy or certificates are invalid.
    #[error(transparent)]
    Network(#[from] SetupError),
    /// wasmtime rejected the configuration.
    #[error("the WebAssembly engine could not be started: {0:#}")]
    Engine(#[source] wasmtime::Error),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A package cannot become a skill.
#[derive(Debug, Error)]
pub enum LoadError {
    /// This machine cannot confine the skill's commands to their grants.
    #[error(transparent)]
    Commands(#[from] luminarys_commands::ConfinementError),
    /// The bytes are not a valid component.
    #[error("{skill}: not a valid component: {reason}")]
    Invalid {
        /// The package's id.
        skill: String,
        /// wasmtime's error.
        reason: String,
    },
    /// An import that no capability provides.
    #[error("{skill}: an import is not offered by this host: {reason}")]
    Import {
        /// The package's id.
        skill: String,
        /// The import and the reason that it cannot be linked.
        reason: String,
    },
    /// A method of the descriptor has no export.
    #[error(
        "{skill}: method {method} is described but the component does not export {export}; rebuild the package"
    )]
    MissingExport {
        /// The package's id.
        skill: String,
        /// The described method.
        method: String,
        /// The expected export.
        export: String,
    },
}

/// A call without a result.
#[derive(Debug, Error)]
pub enum CallError {
    /// No such method.
    #[error("unknown method: {0}")]
    UnknownMethod(String),
    /// The method exists but cannot be called.
    #[error("method {method} is unavailable: {reason}")]
    Unavailable {
        /// The method.
        method: String,
        /// The reason, such as a resource in its signature.
        reason: String,
    },
    /// The arguments do not fit the method's input schema. Nothing ran.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// The skill returned an error. `denial` is the last denial of this call, if any.
    #[error("{message}")]
    Skill {
        /// The skill's error text.
        message: String,
        /// The last denial during the call.
        denial: Option<Denial>,
    },
    /// The skill trapped; its instance is gone.
    #[error("the skill crashed: {0}")]
    Trap(String),
    /// A limit of the manifest was exceeded.
    #[error(
        "limit exceeded: {limit} ({detail}); raise runtime.{limit} in the manifest if the skill needs more"
    )]
    Limit {
        /// The manifest key under `runtime`, such as `memory_limit_mb`.
        limit: &'static str,
        /// The value and what was requested.
        detail: String,
    },
    /// An account of the host has no room.
    #[error("limit exceeded: {0}")]
    Exhausted(#[from] Exhausted),
    /// The call would deadlock with others.
    #[error("deadlock: {0}")]
    Deadlock(#[from] Deadlock),
    /// The caller cancelled the call.
    #[error("the call was cancelled")]
    Cancelled,
    /// The host failed, not the skill.
    #[error("the host failed: {0}")]
    Host(String),
}

/// The maximum length of a skill's error text, in characters.
const MAX_MESSAGE: usize = 64 << 10;

impl CallError {
    /// Returns the skill's error with its text, truncated.
    pub(crate) fn of_skill(message: &str, denial: Option<Denial>) -> Self {
        Self::Skill {
            message: cut(message, MAX_MESSAGE).into_owned(),
            denial,
        }
    }
}
