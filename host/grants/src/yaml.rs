//! YAML with errors an operator can act on: file, line, column, and the nearest known key. Also read by the host's own
//! configuration.
//!
//! Where text is expected, a plain scalar is read as written: `NO`, `007`, `1.10` and `0x1F` are not converted. Null
//! (nothing, `~` or `null`, not in quotes) is not text: an optional key is then absent, any other is an error.
//!
//! - `key`: the key that an error is about; `text`: text as written; `interpolate`: variables in it

use serde::de::DeserializeOwned;
use serde_saphyr::options::NonFiniteFloatPolicy;
use thiserror::Error;

mod interpolate;
mod key;
mod text;

pub use interpolate::interpolate;
pub use text::{TextOr, Value};

/// The message for null where text is expected.
const NULL_AS_TEXT: &str =
    "null stands where text is expected; put it in quotes if it is meant as text";
/// The message for a list or mapping where text is expected.
const LIST_AS_TEXT: &str =
    "a list or mapping stands where text is expected; put it in quotes if it is meant as text";

/// The largest file read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A file that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {message}")]
pub struct YamlError {
    /// `file:line:column`, as far as known.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl YamlError {
    /// An error at `line` of `file` (0 for the file as a whole).
    pub fn new(file: &str, line: u64, message: impl Into<String>) -> Self {
        let place = if line == 0 {
            file.to_owned()
        } else {
            format!("{file}:{line}")
        };
        Self {
            place,
            message: message.into(),
        }
    }
}

/// Reads `text`, which `file` names in errors.
///
/// # Errors
/// [`YamlError`] for malformed YAML, unknown or repeated keys, wrong types, and files over 1 MiB.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError::new(
            file,
            0,
            format!("is larger than {MAX_BYTES} bytes"),
        ));
    }
    // An empty file is an empty mapping: missing keys are then named.
    let blank = text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    // Numbers without end such as `.inf` may be meant as text.
    let options = serde_saphyr::options! {
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    };
    let text = if blank { "{}" } else { text };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(file, text, &error))
}

fn explain(file: &str, source: &str, error: &serde_saphyr::Error) -> YamlError {
    let error = error.without_snippet();
    let place = match error.location() {
        Some(place) if place.line() > 0 => format!("{file}:{}:{}", place.line(), place.column()),
        _ => file.to_owned(),
    };
    let message = match error {
        serde_saphyr::Error::SerdeUnknownField {
            field, expected, ..
        } => unknown_key(field, expected),
        serde_saphyr::Error::SerdeMissingField { field, .. } => {
            format!("the key `{field}` is missing")
        }
        serde_saphyr::Error::DuplicateMappingKey { key, .. } => {
            format!(
                "the key `{}` stands here twice",
                key.as_deref().unwrap_or("?")
            )
        }
        other => {
            let message = wrong_value(other);
            let key = error
                .location()
                .and_then(|place| key::key_at(source, place));
            key.map_or(message.clone(), |key| format!("{key}: {message}"))
        }
    };
    YamlError { place, message }
}

fn wrong_value(error: &serde_saphyr::Error) -> String {
    match error {
        serde_saphyr::Error::NullIntoString { .. } => NULL_AS_TEXT.to_owned(),
        serde_saphyr::Error::Unexpected {
            expected: "string scalar",
            ..
        } => LIST_AS_TEXT.to_owned(),
        other => {
            let text = other.to_string();
            // The place is in front already.
            let line = text.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    }
}

fn unknown_key(field: &str, expected: &[&str]) -> String {
    let nearest = expected.iter().max_by(|a, b| {
        let likeness = |known: &str| strsim::jaro_winkler(field, known);
        likeness(a).total_cmp(&likeness(b))
    });
    let hint = match nearest {
        Some(known) if strsim::jaro_winkler(field, known) > 0.7 => {
            format!("; did you mean `{known}`?")
        }
        _ => String::new(),
    };
    format!(
        "unknown key `{field}`{hint} (known: {})",
        expected.join(", ")
    )
}
