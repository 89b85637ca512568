//! The functions of the module `env`, a file a capability. Each takes a map and returns one: what it found, or `error`.
//!
//! Every function is an export of its own, so that an adapted skill has only those that it imports, and imports of the host
//! only what those need.

mod abort;
mod archive;
mod connections;
mod filesystem;
mod http;
mod llm;
mod search;
mod shell;
mod system;
mod tcp;
mod transfer;
mod websocket;

use crate::bindings::luminarys::skill::types::{Denial, Error};
use crate::glue;
use crate::wire::{Encoder, Value, decode};

pub use connections::Connections;

/// A reply whose last field may be bytes that follow as they are, so that large ones are copied once only.
#[derive(Default)]
pub struct Reply {
    pub head: Encoder,
    pub tail: Vec<u8>,
}

impl Reply {
    /// Nothing but success.
    pub fn done() -> Self {
        let mut reply = Self::default();
        reply.head.map(0);
        reply
    }

    /// With `content` under `key` as the last field.
    pub fn with_bytes(mut self, key: &str, content: Vec<u8>) -> Self {
        self.head.text(key).bytes_head(content.len());
        self.tail = content;
        self
    }
}

/// A reply, or the text of its `error`.
pub type Outcome = Result<Reply, String>;

/// Answers a request of the skill.
pub fn serve(pointer: u32, length: u32, answer: impl FnOnce(&Value<'_>) -> Outcome) -> u64 {
    let request = glue::request(pointer, length);
    let outcome = decode(&request).and_then(|request| answer(&request));
    finish(outcome)
}

fn finish(outcome: Outcome) -> u64 {
    let reply = outcome.unwrap_or_else(|error| {
        let mut reply = Reply::default();
        reply.head.map(1).text("error").text(&error);
        reply
    });
    glue::reply(&reply.head.0, &reply.tail)
}

/// An error as the text that skills of the older ABI show.
pub fn explain(error: Error) -> String {
    match error {
        Error::Denied(Denial {
            capability,
            target,
            suggestion,
        }) => {
            format!(
                "permission denied: {capability} {target}; the manifest line that would allow it: {suggestion}"
            )
        }
        Error::NotFound(text) => format!("not found: {text}"),
        Error::AlreadyExists(text) => format!("already exists: {text}"),
        Error::Timeout(text) => format!("timeout: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        Error::Invalid(text)
        | Error::TooLarge(text)
        | Error::LimitExceeded(text)
        | Error::Io(text) => text,
    }
}

/// Declares exported functions: their names in the module `env`, and what answers them.
macro_rules! functions {
    ($($name:ident = $answer:expr;)*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("env_", stringify!($name)))]
            extern "C" fn export(pointer: u32, length: u32) -> u64 {
                $crate::env::serve(pointer, length, $answer)
            }
        };
    )* };
}
pub(crate) use functions;
