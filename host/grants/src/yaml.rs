//! YAML with errors an operator can act on: file, line, column, and the nearest known key. Also used for the host's own
//! configuration.
//!
//! Where text is expected, a plain scalar is read as written: `NO`, `007`, `1.10` and `0x1F` are not converted. Null
//! (nothing, `~` or `null`, not in quotes) is not text: an optional key is then absent; any other is an error.
//!
//! - `key`: the key of an error; `text`: text as written; `interpolate`: variables in it; `positive`: numbers above
//!   zero

use serde::de::DeserializeOwned;
use serde_saphyr::options::NonFiniteFloatPolicy;
use thiserror::Error;

mod interpolate;
mod key;
mod positive;
mod text;

pub use interpolate::interpolate;
pub use positive::{Positive, positive};
pub use text::{TextOr, Value};

/// The message for null where text is expected.
const NULL_AS_TEXT: &str =
    "null stands where text is expected; put it in quotes if it is meant as text";
/// The message for a list or mapping where text is expected.
const LIST_AS_TEXT: &str =
    "a list or mapping stands where text is expected; put it in quotes if it is meant as text";

/// The maximum size of a file, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// An invalid file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {message}")]
pub struct YamlError {
    /// `file:line:column`, without the parts that are unknown.
    pub place: String,
    /// The message.
    pub message: String,
}

impl YamlError {
    /// Creates an error at `line` of `file` (0 for the file as a whole).
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
    // Infinite numbers such as `.inf` may be meant as text.
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
        serde_saphyr::Error::Unexpected {
            expected: "sequence start",
            ..
        } => "a list is expected here; write `[a]` for a list of one entry".to_owned(),
        serde_saphyr::Error::Unexpected {
            expected: "mapping start",
            ..
        } => "a mapping is expected here: keys, each with a value".to_owned(),
        serde_saphyr::Error::InvalidScalar { ty, .. } => match *ty {
            "u8" => whole(u8::MAX),
            "u16" => whole(u16::MAX),
            "u32" => whole(u32::MAX),
            "u64" | "usize" => whole(u64::MAX),
            "bool" | "boolean" => "must be true or false".to_owned(),
            ty => format!("must be of the type {ty}"),
        },
        other => {
            let text = other.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = line.trim_start_matches("error: ");
            // The place is already at the start of the message.
            let place = other.location().map_or_else(String::new, |place| {
                format!(" at line {}, column {}", place.line(), place.column())
            });
            line.strip_suffix(&place).unwrap_or(line).to_owned()
        }
    }
}

fn whole(most: impl Into<u64>) -> String {
    positive::whole(0, most.into())
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

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Values {
        #[serde(rename = "small")]
        _small: Option<u32>,
        #[serde(rename = "large")]
        _large: Option<u64>,
        #[serde(rename = "switch")]
        _switch: Option<bool>,
        #[serde(rename = "list")]
        _list: Option<Vec<String>>,
        #[serde(rename = "inner")]
        _inner: Option<Box<Values>>,
    }

    #[test]
    fn errors_name_the_accepted_values() {
        let rows = [
            ("small", "-1", "must be a whole number from 0 to 4294967295"),
            (
                "small",
                "4294967296",
                "must be a whole number from 0 to 4294967295",
            ),
            (
                "large",
                "99999999999999999999",
                "must be a whole number from 0 to 18446744073709551615",
            ),
            (
                "large",
                "1.5",
                "must be a whole number from 0 to 18446744073709551615",
            ),
            (
                "large",
                "many",
                "must be a whole number from 0 to 18446744073709551615",
            ),
            ("switch", "maybe", "must be true or false"),
            (
                "list",
                "string",
                "a list is expected here; write `[a]` for a list of one entry",
            ),
            (
                "list",
                "{a: b}",
                "a list is expected here; write `[a]` for a list of one entry",
            ),
            (
                "inner",
                "true",
                "a mapping is expected here: keys, each with a value",
            ),
            (
                "inner",
                "[a]",
                "a mapping is expected here: keys, each with a value",
            ),
        ];
        each_row(rows, |(key, wrong, expected)| {
            let error = parse::<Values>("f.yaml", &format!("{key}: {wrong}\n")).unwrap_err();
            let column = key.len() + 3;
            let expected = format!("f.yaml:1:{column}: {key}: {expected}");
            assert_eq!(error.to_string(), expected);
        });
        parse::<Values>("f.yaml", "small: 4294967295\nlarge: 0\nswitch: true\n").unwrap();
    }
}
