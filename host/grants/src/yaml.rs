//! YAML with errors an operator can act on: file, line, column, and the nearest known key. Also read by the host's own
//! configuration.

use serde::de::DeserializeOwned;
use thiserror::Error;

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
    serde_saphyr::from_str(if blank { "{}" } else { text }).map_err(|error| explain(file, &error))
}

fn explain(file: &str, error: &serde_saphyr::Error) -> YamlError {
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
            let text = other.to_string();
            // The place is in front already.
            text.lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned()
        }
    };
    YamlError { place, message }
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
