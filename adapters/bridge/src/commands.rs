//! Carries out what a skill asks for in its response, in the call that `deferred` has the host make; what fails is logged.

use serde_json::Value as Json;

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as Answer};
use crate::bindings::luminarys::skill::skills::{self, Failure, Outcome, Request};
use crate::bindings::luminarys::skill::types::Error;
use crate::bindings::luminarys::skill::{context, events, store};
use crate::call;
use crate::deferred::{METHOD, arguments, complain};
use crate::env::explain;
use crate::events::twin;
use crate::json::{from_text, to_json};
use crate::wire::{Encoder, Fields as _, Value, decode};

/// The namespace that skills share.
const SHARED: &str = "shared";

/// Carries out what was taken.
///
/// # Errors
/// When the argument is not what `accept` made.
pub fn run(arguments: &[Argument]) -> Result<(), String> {
    let Some(Argument {
        value: Answer::Bytes(bytes),
        ..
    }) = arguments.first()
    else {
        return Err("no commands".to_owned());
    };
    let Value::Array(commands) = decode(bytes)? else {
        return Err("the commands are no array".to_owned());
    };
    for command in &commands {
        let kind = command.text("type");
        if let Err(error) = carry_out(&kind, command) {
            complain(&format!("command {kind}: {error}"));
        }
    }
    Ok(())
}

fn carry_out(kind: &str, command: &Value<'_>) -> Result<(), String> {
    // AssemblyScript encodes it by itself.
    let encoded = match command.field("payload") {
        Some(Value::Binary(bytes)) => decode(bytes)?,
        Some(other) => other.clone(),
        None => Value::Map(Vec::new()),
    };
    let payload = &encoded;
    match kind {
        "call_module" | "spawn" => call_module(payload),
        "batch_invoke" => batch_invoke(payload),
        "schedule" => schedule(payload),
        // What `schedule` made of itself.
        "invoke_self" => call_back(&payload.text("method"), payload.bytes("payload")),
        "emit_event" => {
            let value = nested(payload.field("payload"))?;
            let told = events::emit(&payload.text("topic"), &value.to_string());
            told.map(drop).map_err(explain)
        }
        "subscribe" => {
            let twin = twin(&payload.text("callback"));
            events::subscribe(&payload.text("topic"), &twin).map_err(explain)
        }
        "store_kv" => store_kv(payload),
        "load_kv" => load_kv(payload),
        _ => Err("no such command is known".to_owned()),
    }
}

/// A value as JSON; bytes are MessagePack once more.
fn nested(value: Option<&Value<'_>>) -> Result<Json, String> {
    match value {
        None | Some(Value::Nil) => Ok(Json::Null),
        Some(Value::Binary([])) => Ok(Json::Null),
        Some(Value::Binary(bytes)) => Ok(to_json(&decode(bytes)?)),
        Some(other) => Ok(to_json(other)),
    }
}

/// A value as MessagePack.
fn encoded(value: Option<&Value<'_>>) -> Vec<u8> {
    match value {
        Some(Value::Binary(bytes)) => bytes.to_vec(),
        Some(other) => {
            let mut out = Encoder::default();
            out.value(other);
            out.0
        }
        None => vec![0x80],
    }
}

/// Calls one of the skill's own methods, in this instance.
fn call_back(method: &str, payload: &[u8]) -> Result<(), String> {
    if method.is_empty() {
        return Ok(());
    }
    call::handle(method, payload).map(drop)
}

fn request(item: &Value<'_>) -> Result<Request, String> {
    let arguments = match nested(item.field("payload"))? {
        Json::Null => String::new(),
        other => other.to_string(),
    };
    Ok(Request {
        skill: item.text("skill_id"),
        method: item.text("method"),
        arguments,
    })
}

fn failure(failure: Failure) -> String {
    match failure {
        Failure::Returned(text) => text,
        Failure::Failed(error) => explain(error),
    }
}

/// What a call returned, as MessagePack.
fn returned(outcome: &Outcome) -> Vec<u8> {
    let mut out = Encoder::default();
    from_text(&outcome.value, &mut out);
    out.0
}

fn call_module(payload: &Value<'_>) -> Result<(), String> {
    let request = request(payload)?;
    let outcome = skills::invoke(&request).map_err(failure);
    let callback = payload.text("callback");
    if callback.is_empty() {
        return outcome.map(drop);
    }
    let mut event = Encoder::default();
    event.map(5);
    event.text("call_ctx").text(&payload.text("call_ctx"));
    event.text("skill_id").text(&request.skill);
    event.text("method").text(&request.method);
    match &outcome {
        Ok(outcome) => event
            .text("payload")
            .bytes(&returned(outcome))
            .text("error")
            .text(""),
        Err(error) => event.text("payload").bytes(&[]).text("error").text(error),
    };
    call_back(&callback, &event.0)
}

fn batch_invoke(payload: &Value<'_>) -> Result<(), String> {
    let items = payload.items("items");
    let requests = items.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    let concurrency = payload.positive("concurrency").unwrap_or(0);
    let answers = skills::batch(&requests, concurrency).map_err(explain)?;
    let mut result = Encoder::default();
    result
        .map(2)
        .text("batch_id")
        .text(&context::get_call().request_id);
    result.text("items").array(items.len());
    let mut answers: Vec<_> = items
        .iter()
        .map(|item| item.integer("index"))
        .zip(answers)
        .collect();
    answers.sort_by_key(|(index, _)| *index);
    for (index, answer) in answers {
        result.map(2).text("index").integer(index);
        match answer {
            Ok(outcome) => result.text("payload").bytes(&returned(&outcome)),
            Err(error) => result.text("error").text(&failure(error)),
        };
    }
    call_back(&payload.text("callback"), &result.0)
}

/// The payload passes as it is, whatever parameters the method has.
fn schedule(payload: &Value<'_>) -> Result<(), String> {
    let mut later = Encoder::default();
    later
        .array(1)
        .map(2)
        .text("type")
        .text("invoke_self")
        .text("payload")
        .map(2);
    later.text("method").text(&payload.text("method"));
    later
        .text("payload")
        .bytes(&encoded(payload.field("payload")));
    let delay = payload.positive("delay_ms").unwrap_or(0);
    let scheduled = skills::schedule(METHOD, &arguments(&later), delay);
    scheduled.map(drop).map_err(explain)
}

/// In the namespace that skills share, where the manifest grants it, else in the skill's own.
fn stored<T>(work: impl Fn(Option<&str>) -> Result<T, Error>) -> Result<T, String> {
    match work(Some(SHARED)) {
        Err(Error::Denied(_)) => work(None).map_err(explain),
        other => other.map_err(explain),
    }
}

fn store_kv(payload: &Value<'_>) -> Result<(), String> {
    let (key, value) = (payload.text("key"), encoded(payload.field("value")));
    stored(|namespace| store::set(namespace, &key, &value))
}

fn load_kv(payload: &Value<'_>) -> Result<(), String> {
    let key = payload.text("key");
    let value = stored(|namespace| store::get(namespace, &key))?;
    let mut event = Encoder::default();
    event
        .map(3)
        .text("key")
        .text(&key)
        .text("found")
        .flag(value.is_some())
        .text("value");
    match &value {
        Some(value) => event.0.extend_from_slice(value),
        None => drop(event.nil()),
    }
    call_back(&payload.text("callback"), &event.0)
}
