//! Redacts secrets in text.
//!
//! The rule: text that leaves the host for a log, the audit log, a client, a terminal or another skill is redacted
//! there, once, as raw text: before it is cut and before it is escaped. What a skill returns as its result is not
//! redacted.
//!
//! - `forms`: the encodings of a secret; `automaton`: finds all forms at once; `stream`: text that arrives in pieces
//! - `registry`: the known secrets; `cutting`: shortens text
//!
//! A form is replaced only as a whole. Replacing prefixes of secrets as well would tell anyone who can cause an error
//! whether a guessed prefix is right, and so leak the secret character by character.

mod automaton;
mod cutting;
mod forms;
mod registry;
mod stream;

#[cfg(test)]
mod tests;

pub use cutting::cut;
pub use forms::{SHORTEST, is_too_short};
pub use registry::{Redactor, Registered};
pub use stream::RedactedStream;

use std::borrow::Cow;

use serde_json::Value;

/// The replacement of a secret.
const MARK: &str = "[secret]";

/// Replaces the secrets of this process in `text`.
pub fn redact(text: &str) -> Cow<'_, str> {
    Redactor::process().redact(text)
}

/// Decodes percent-encoded text, such as the password in a URL; bytes that are not UTF-8 are replaced.
pub fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Replaces the secrets of this process in every string of `value`, including names of members.
pub fn redact_json(value: &mut Value) {
    Redactor::process().redact_json(value);
}
