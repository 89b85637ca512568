//! How loading and calling fail.

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
    /// No connection to the language model can be made.
    #[error("the language model: {0}")]
    Model(String),
    /// Name servers, proxy or certificates cannot be used.
    #[error(transparent)]
    Network(#[from] SetupError),
    /// wasmtime refused the configuration.
    #[error("the WebAssembly engine could not be started: {0:#}")]
    Engine(#[source] wasmtime::Error),
    /// The directory of states cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A package cannot become a skill.
#[derive(Debug, Error)]
pub enum LoadError {
    /// This machine cannot keep the skill's commands to what they are granted.
    #[error(transparent)]
    Commands(#[from] luminarys_commands::ConfinementError),
    /// The bytes are not a component that this engine accepts.
    #[error("{skill}: not a valid component: {reason}")]
    Invalid {
        /// The package's id.
        skill: String,
        /// wasmtime's reason.
        reason: String,
    },
    /// An import that no capability provides.
    #[error("{skill}: an import is not offered by this host: {reason}")]
    Import {
        /// The package's id.
        skill: String,
        /// The import and why it does not fit.
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
        /// The export looked for.
        export: String,
    },
}

/// A call that gave no result.
#[derive(Debug, Error)]
pub enum CallError {
    /// No such method.
    #[error("unknown method: {0}")]
    UnknownMethod(String),
    /// The method exists but cannot be called, and why.
    #[error("method {method} is unavailable: {reason}")]
    Unavailable {
        /// The method.
        method: String,
        /// Why, such as a resource in its signature.
        reason: String,
    },
    /// The arguments do not fit the method's input schema. Nothing ran.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// The skill returned an error. `denial` is the last refusal of this call, when there was one.
    #[error("{message}")]
    Skill {
        /// The skill's own text.
        message: String,
        /// The last capability refused during the call.
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
        /// The value and what was asked.
        detail: String,
    },
    /// The host holds as much as it may.
    #[error("limit exceeded: {0}")]
    Exhausted(#[from] Exhausted),
    /// Calls would wait for each other.
    #[error("deadlock: {0}")]
    Deadlock(#[from] Deadlock),
    /// The caller gave up.
    #[error("the call was cancelled")]
    Cancelled,
    /// The host failed, not the skill.
    #[error("the host failed: {0}")]
    Host(String),
}

/// The longest error text of a skill, in characters.
const MAX_MESSAGE: usize = 64 << 10;

impl CallError {
    /// The error of a skill in its own words, of which the beginning is kept.
    pub(crate) fn of_skill(message: &str, denial: Option<Denial>) -> Self {
        Self::Skill {
            message: cut(message, MAX_MESSAGE).into_owned(),
            denial,
        }
    }
}
