//! Calls of skills that other nodes run.

use luminarys_runtime::{CallContext, Outcome};
use serde_json::Value;

use crate::remote::{RemoteCall, RemoteSkill};
use crate::remote_failure::{RemoteFailure, RemoteFailureKind};
use crate::tools::Params;
use crate::{InvokeError, Orchestrator, Origin};

/// Calls a method on another node, which checks the call again.
///
/// # Errors
/// [`InvokeError::Remote`].
pub(crate) async fn call(
    orchestrator: &Orchestrator,
    skill: &RemoteSkill,
    origin: &Origin,
    method: String,
    arguments: Params,
    context: CallContext,
) -> Result<Outcome, InvokeError> {
    let remote = orchestrator
        .0
        .remote
        .get()
        .and_then(std::sync::Weak::upgrade);
    let remote = remote.ok_or(InvokeError::ShuttingDown)?;
    let arguments = match arguments {
        Params::Json(Value::Null) => String::new(),
        Params::Json(arguments) => arguments.to_string(),
        Params::Text(arguments) => arguments,
    };
    let known = skill.method(&method);
    let cancel = context.cancel.clone();
    let call = RemoteCall {
        origin: origin.clone(),
        skill: skill.id.clone(),
        digest: skill.digest,
        keeps_sessions: skill.keeps_sessions,
        is_repeatable: known.is_some_and(|method| method.effects.idempotent),
        method,
        arguments,
        context,
    };
    let charge = |bytes| {
        orchestrator
            .0
            .metrics
            .charge(bytes)
            .map_err(|exhausted| RemoteFailure {
                kind: RemoteFailureKind::Limit,
                message: exhausted.to_string(),
                denial: None,
            })
    };
    let cancelled = || RemoteFailure {
        kind: RemoteFailureKind::Cancelled,
        message: "the call was cancelled".to_owned(),
        denial: None,
    };
    tokio::select! {
        result = remote.call(call, &charge) => result,
        () = cancel.cancelled() => Err(cancelled()),
        () = orchestrator.0.stop.cancelled() => Err(cancelled()),
    }
    .map_err(InvokeError::Remote)
}
