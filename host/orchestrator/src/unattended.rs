//! Calls without a waiting caller: scheduled and deferred ones.

use luminarys_runtime::{CallContext, Outcome};
use serde_json::Value;

use crate::{InvokeError, Orchestrator, Origin};

/// Calls a skill's own method without a waiting caller.
pub(crate) async fn call(
    orchestrator: Orchestrator,
    skill: String,
    method: String,
    arguments: Value,
    context: CallContext,
) {
    let origin = Origin::Skill(skill.clone());
    let call = orchestrator.invoke(origin, &skill, &method, arguments, context);
    ended(&orchestrator, &skill, &method, call.await);
}

/// Logs how such a call has ended.
pub(crate) fn ended(
    orchestrator: &Orchestrator,
    skill: &str,
    method: &str,
    result: Result<Outcome, InvokeError>,
) {
    match result {
        Ok(_) => tracing::debug!(skill, method, "a scheduled call has ended"),
        Err(error) if orchestrator.admits_line(skill) => {
            tracing::warn!(skill, method, "a scheduled call failed: {error}");
        }
        Err(_) => {}
    }
}
