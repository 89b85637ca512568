//! What does not fit, where, and what was expected: in few words, whatever came in.

use std::fmt::Write as _;

use luminarys_text::cut;
use serde_json::Value;
use thiserror::Error;

/// The most characters of a value that are shown.
const SHOWN: usize = 80;
/// The most of a value that is looked at for that, in bytes: more than is shown, to find secrets that are cut.
const MAX_TEXT: usize = 64 << 10;

/// A value that does not fit, and where.
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

    /// The same error, seen from one level up.
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

/// Says that `name` is not one of `known`, and which is nearest.
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
        None => format!("unknown {kind} {name:?}; there are none"),
    }
}

/// Says what was expected and what was found instead.
pub(crate) fn expected(what: &str, found: &Value) -> ValueError {
    let mut text = Beginning(String::new());
    // An error means only that the rest is cut off.
    let _ = write!(text, "{found}");
    ValueError::new(format!("expected {what}, got {}", cut(&text.0, SHOWN)))
}

/// The beginning of a text from outside, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    cut(text, SHOWN).into_owned()
}

/// Text that stops growing, so that a huge value is not written out to show its first few characters.
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
