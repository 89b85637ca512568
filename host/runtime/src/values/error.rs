//! Errors of values: the path, what was expected and what was found, with bounded length.

use std::fmt::Write as _;

use luminarys_text::cut;
use serde_json::Value;
use thiserror::Error;

/// The maximum number of characters of a value in a message.
const SHOWN: usize = 80;
/// The maximum number of bytes of a value that are written for a message: more than are shown, so that truncated
/// secrets are found.
const MAX_TEXT: usize = 64 << 10;

/// An invalid value, with its path.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}{separator}{message}", separator = if path.is_empty() { "" } else { ": " })]
pub struct ValueError {
    /// `items[3].size`; empty for the arguments as a whole.
    pub path: String,
    /// What was expected and what was found.
    pub message: String,
}

impl ValueError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    /// Returns the error with the path extended by one level.
    pub(crate) fn within(mut self, segment: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{segment}{joint}{}", self.path);
        self
    }
}

/// Returns an error that `name` is not one of `known`, with the nearest.
pub(crate) fn unknown_name<'a>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> String {
    let known: Vec<&str> = known.collect();
    let name = &*excerpt(name);
    let likeness = |other: &&str| strsim::jaro_winkler(name, other);
    let nearest = known
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest {
        Some(nearest) if likeness(&nearest) > 0.7 => {
            format!("unknown {kind} {name:?}; did you mean {nearest:?}?")
        }
        Some(_) => {
            let more = if known.len() > 20 { ", …" } else { "" };
            let known = known.iter().take(20).copied().collect::<Vec<_>>();
            format!("unknown {kind} {name:?}; known: {}{more}", known.join(", "))
        }
        None => format!("unknown {kind} {name:?}; none are defined"),
    }
}

/// Returns an error with what was expected and what was found instead.
pub(crate) fn expected(what: &str, found: &Value) -> ValueError {
    let mut text = Beginning(String::new());
    // An error means only that the rest is truncated.
    let _ = write!(text, "{found}");
    ValueError::new(format!("expected {what}, got {}", cut(&text.0, SHOWN)))
}

/// Returns the beginning of an untrusted text for a message.
pub(crate) fn excerpt(text: &str) -> String {
    cut(text, SHOWN).into_owned()
}

/// Text of bounded length, so that a huge value is not written in full to show its beginning.
struct Beginning(String);

impl std::fmt::Write for Beginning {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = MAX_TEXT.saturating_sub(self.0.len());
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        match text.len() > room {
            true => Err(std::fmt::Error),
            false => Ok(()),
        }
    }
}
