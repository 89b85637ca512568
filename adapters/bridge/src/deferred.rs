//! Keeps the commands of a response for a call of the skill's own that carries them out, so that no caller waits for them.

use serde_json::{Value as Json, json};

use crate::bindings::luminarys::skill::{context, log, skills};
use crate::env::explain;
use crate::json::base64;
use crate::wire::{Encoder, Fields as _, Value};

/// The method that carries commands out. No skill's own is called so.
pub const METHOD: &str = "commands__run";
/// Commands of one response.
const MAX_COMMANDS: usize = 1_000;

/// The method for the descriptor.
pub fn method() -> Json {
    json!({
        "name": METHOD,
        "description": "Carries out what a response has asked for.",
        "params": [{ "name": "commands", "type": "bytes", "required": true }],
        "visibility": "callback",
    })
}

pub fn complain(text: &str) {
    log::message(log::Level::Warn, text, &[]);
}

/// Takes the commands of a response, to be carried out after it.
pub fn accept(commands: &[Value<'_>]) {
    if commands.is_empty() {
        return;
    }
    let taken = commands.len().min(MAX_COMMANDS);
    if taken < commands.len() {
        complain(&format!(
            "{} commands in one response; the first {taken} are carried out",
            commands.len()
        ));
    }
    let mut later = Vec::with_capacity(taken);
    for command in &commands[..taken] {
        match command.text("type").as_str() {
            // At once: it is this instance that ends.
            "terminate" => {
                let _ = context::set_state(&[]);
                context::retire();
            }
            _ => later.push(command),
        }
    }
    if later.is_empty() {
        return;
    }
    let mut encoded = Encoder::default();
    encoded.array(later.len());
    for command in later {
        encoded.value(command);
    }
    if let Err(error) = skills::defer(METHOD, &arguments(&encoded)) {
        complain(&format!(
            "the commands of a response are not carried out: {}",
            explain(error)
        ));
    }
}

pub fn arguments(commands: &Encoder) -> String {
    json!({ "commands": base64(&commands.0) }).to_string()
}
