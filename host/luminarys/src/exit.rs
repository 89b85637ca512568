//! What exit codes mean.

use luminarys_orchestrator::{CallError, InvokeError};

/// Done.
pub(crate) const OK: u8 = 0;
/// The skill returned an error, or crashed.
pub(crate) const SKILL: u8 = 1;
/// Wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// The manifest denied it.
pub(crate) const DENIED: u8 = 3;
/// A limit was exceeded.
pub(crate) const LIMIT: u8 = 4;

/// The code for a failed call.
pub(crate) fn code(error: &InvokeError) -> u8 {
    match error {
        InvokeError::Denied(_)
        | InvokeError::Private { .. }
        | InvokeError::Call(CallError::Skill {
            denial: Some(_), ..
        }) => DENIED,
        InvokeError::Call(CallError::Limit { .. }) => LIMIT,
        InvokeError::Call(_) | InvokeError::ShuttingDown => SKILL,
        _ => USAGE,
    }
}
