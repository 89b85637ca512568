//! What the host tells a skill: what arrives on connections, and what other skills tell.
//!
//! The host gives a method those values that it has parameters for; the older ABI gives a map. So every internal method and
//! callback has a twin in the descriptor that takes all values, and the skill's own method gets them as the map it knows.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Value as Json, json};

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as Answer};
use crate::values::put;
use crate::wire::Encoder;

/// The end of a twin's name.
pub const SUFFIX: &str = "__event";

thread_local! {
    /// Callbacks that a skill has set anew, by the connection.
    static RECEIVERS: RefCell<HashMap<String, String>> = RefCell::default();
    /// What the skill knows a connection as, where that is not the host's id.
    static NAMES: RefCell<HashMap<String, String>> = RefCell::default();
}

/// What the twin of `method` is called.
pub fn twin(method: &str) -> String {
    format!("{method}{SUFFIX}")
}

/// The twin of `method`, for the descriptor.
pub fn method(method: &str) -> Json {
    let parameter = |(name, kind): (&str, &str)| match kind {
        "" => json!({ "name": name }),
        kind => json!({ "name": name, "type": kind }),
    };
    let parameters = [
        ("connection", "string"),
        ("event", "string"),
        ("data", "bytes"),
        ("error", "string"),
        ("code", "integer"),
        ("topic", "string"),
        ("payload", ""),
        ("source", "string"),
    ];
    json!({
        "name": twin(method),
        "description": format!("What the host tells {method}."),
        "params": parameters.map(parameter),
        "visibility": "callback",
    })
}

/// Lets another method than the one told to the host receive what arrives on `connection`.
pub fn redirect(connection: &str, method: &str) {
    RECEIVERS.with_borrow_mut(|all| all.insert(connection.to_owned(), method.to_owned()));
}

/// Lets the skill know the host's `connection` as `name`.
pub fn rename(connection: &str, name: &str) {
    NAMES.with_borrow_mut(|all| all.insert(connection.to_owned(), name.to_owned()));
}

/// The host's id of what the skill calls `name`.
pub fn id(name: &str) -> String {
    let found = NAMES.with_borrow(|all| {
        let renamed = all.iter().find(|(_, known)| *known == name);
        renamed.map(|(id, _)| id.clone())
    });
    found.unwrap_or_else(|| name.to_owned())
}

/// Forgets what is known of a connection.
pub fn forget(connection: &str) {
    RECEIVERS.with_borrow_mut(|all| all.remove(connection));
    NAMES.with_borrow_mut(|all| all.remove(connection));
}

fn argument<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Answer> {
    let found = arguments.iter().find(|argument| argument.name == name);
    found.map(|argument| &argument.value)
}

fn text<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a str> {
    match argument(arguments, name)? {
        Answer::Text(text) => Some(text),
        _ => None,
    }
}

/// The method that is to be told: the one named, unless it was set anew.
pub fn receiver(method: &str, arguments: &[Argument]) -> String {
    let known = text(arguments, "connection")
        .and_then(|connection| RECEIVERS.with_borrow(|all| all.get(connection).cloned()));
    known.unwrap_or_else(|| method.to_owned())
}

/// The map that the skill's method is given.
pub fn payload(arguments: &[Argument]) -> Vec<u8> {
    let mut out = Encoder::default();
    match text(arguments, "connection") {
        Some(connection) => from_connection(connection, arguments, &mut out),
        None => from_topic(arguments, &mut out),
    }
    out.0
}

fn from_topic(arguments: &[Argument], out: &mut Encoder) {
    out.map(3);
    out.text("topic")
        .text(text(arguments, "topic").unwrap_or_default());
    out.text("source")
        .text(text(arguments, "source").unwrap_or_default());
    out.text("payload");
    put(argument(arguments, "payload").unwrap_or(&Answer::Null), out);
}

/// Both forms that SDKs know: `error_kind` and `error_msg`, and `event` and `error`.
fn from_connection(connection: &str, arguments: &[Argument], out: &mut Encoder) {
    let event = text(arguments, "event").unwrap_or_default();
    let error = text(arguments, "error").unwrap_or_default();
    let data = match argument(arguments, "data") {
        Some(Answer::Bytes(bytes)) => bytes.as_slice(),
        Some(Answer::Text(text)) => text.as_bytes(),
        _ => &[],
    };
    let code = match argument(arguments, "code") {
        Some(Answer::Integer(code)) => u64::try_from(*code).unwrap_or_default(),
        _ => 0,
    };
    let name = NAMES.with_borrow(|all| all.get(connection).cloned());
    let name = name.as_deref().unwrap_or(connection);
    // Kind of event, kind of error, kind of message.
    let (kind, error_kind, message_type) = match event {
        "data" => ("data", "", ""),
        "text" | "binary" => ("message", "", event),
        "close" => ("close", "", "close"),
        "eof" => ("close", "eof", ""),
        other => ("error", other, ""),
    };
    let is_web = !message_type.is_empty();
    let is_closed = message_type == "close";
    let is_error = kind == "error";
    let fields = 4 + usize::from(is_web) + 2 * usize::from(is_closed) + 2 * usize::from(is_error);
    out.map(fields);
    out.text("conn_id").text(name);
    out.text("event").text(kind);
    out.text("data").bytes(data);
    out.text("error_kind").text(error_kind);
    if is_web {
        out.text("message_type").text(message_type);
    }
    if is_closed {
        out.text("close_code").unsigned(code);
        out.text("close_text").text(error);
    }
    if is_error {
        out.text("error_msg").text(error);
        out.text("error").text(error);
    }
    if kind != "data" && kind != "message" {
        forget(connection);
    }
}
