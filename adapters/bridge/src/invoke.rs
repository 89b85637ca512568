//! A call of the host as a call of the skill.

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as Answer};
use crate::bindings::luminarys::skill::context;
use crate::wasi::output;
use crate::wire::{Encoder, Fields as _, Value, decode, text};
use crate::{commands, events, glue, json};

/// Of the ABI.
const VERSION: i64 = 1;

/// Calls `method`, or what the adapter has added beside the skill's own methods.
///
/// # Errors
/// The skill's, for the model.
pub fn invoke(method: &str, arguments: Vec<Argument>) -> Result<Answer, String> {
    if method == commands::METHOD {
        return commands::run(&arguments).map(|()| Answer::Null);
    }
    if let Some(method) = method.strip_suffix(events::SUFFIX) {
        return handle(
            &events::receiver(method, &arguments),
            &events::payload(&arguments),
        );
    }
    let mut payload = Encoder::default();
    payload.map(arguments.len());
    for Argument { name, value } in &arguments {
        put(value, payload.text(name));
    }
    drop(arguments);
    handle(method, &payload.0)
}

/// Adds an argument.
pub fn put(value: &Answer, out: &mut Encoder) {
    match value {
        Answer::Null => out.nil(),
        Answer::Boolean(flag) => out.flag(*flag),
        Answer::Integer(number) => out.integer(*number),
        Answer::Float(number) => out.float(*number),
        Answer::Text(text) => out.text(text),
        Answer::Bytes(bytes) => out.bytes(bytes),
        Answer::Json(text) => {
            json::from_text(text, out);
            out
        }
    };
}

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
    commands::accept(response.items("commands"));
    answer(response.bytes("payload"))
}

/// What a payload is as a result. Nothing at all is the empty text, and a map that holds only `result` is what that holds.
pub fn answer(payload: &[u8]) -> Result<Answer, String> {
    if payload.is_empty() {
        return Ok(Answer::Text(String::new()));
    }
    let value = decode(payload).map_err(|error| format!("the skill's result: {error}"))?;
    let value = match value {
        Value::Map(mut entries) if entries.len() == 1 && text(&entries[0].0) == "result" => {
            entries.remove(0).1
        }
        other => other,
    };
    Ok(match &value {
        Value::Nil => Answer::Text(String::new()),
        Value::Boolean(flag) => Answer::Boolean(*flag),
        Value::Integer(number) if number.as_i64().is_some() => {
            Answer::Integer(number.as_i64().unwrap_or_default())
        }
        Value::F32(number) => Answer::Float(f64::from(*number)),
        Value::F64(number) => Answer::Float(*number),
        Value::String(_) => Answer::Text(text(&value)),
        Value::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Answer::Text(text.to_owned()),
            Err(_) => Answer::Bytes(bytes.to_vec()),
        },
        other => Answer::Json(json::to_json(other).to_string()),
    })
}
