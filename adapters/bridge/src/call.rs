//! One call of the skill.

use crate::bindings::exports::luminarys::skill::dynamic::Value as Answer;
use crate::bindings::luminarys::skill::context;
use crate::values::answer;
use crate::wasi::output;
use crate::wire::{Encoder, Fields as _, Value, decode};
use crate::{deferred, glue};

/// Of the ABI.
const VERSION: i64 = 1;

/// Lets the skill handle one request, and carries out what its response asks for.
///
/// # Errors
/// The skill's; then its state, its commands and its text for the model count for nothing.
pub fn handle(method: &str, payload: &[u8]) -> Result<Answer, String> {
    let call = context::get_call();
    let state = context::get_state().unwrap_or_default();
    let mut request = Encoder(Vec::with_capacity(payload.len() + state.len() + 400));
    request.map(11).text("version").integer(VERSION);
    request.text("request_id").text(&call.request_id);
    request.text("trace_id").text(&call.trace_id);
    request.text("session_id").text(&call.session_id);
    request.text("llm_session_id").text("");
    request.text("method").text(method);
    request.text("skill_id").text(&call.skill);
    request
        .text("caller_id")
        .text(call.caller.as_deref().unwrap_or_default());
    request.text("state").bytes(&state);
    request.text("payload").bytes(payload);
    let deadline = context::deadline().unwrap_or_default();
    request
        .text("deadline_ns")
        .integer(deadline.saturating_mul(1_000_000));
    let response = glue::handle(&request.0);
    output::flush();
    let response = decode(&response).map_err(|error| format!("the skill's response: {error}"))?;
    if !matches!(response, Value::Map(_)) {
        return Err("the skill's response is no map".to_owned());
    }
    if let Some(error) = response.filled("error") {
        return Err(error);
    }
    let new_state = response.bytes("state");
    if !new_state.is_empty() && new_state != state {
        let kept = context::set_state(new_state);
        kept.map_err(|error| {
            format!(
                "the skill's state is not kept: {}",
                crate::env::explain(error)
            )
        })?;
    }
    if let Some(text) = response.filled("llm_context") {
        context::append_text(&text);
    }
    deferred::accept(response.items("commands"));
    answer(response.bytes("payload"))
}
