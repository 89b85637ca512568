//! Checks the arguments of calls to other skills before they are parsed into values.

use serde::de::IgnoredAny;

use crate::bindings::luminarys::skill::skills::Request;
use crate::peers::PeerError;

/// The maximum length of a skill's or method's name, in bytes.
const MAX_NAME: usize = 256;

/// Rejects names that no skill or method can have, before errors and logs repeat them.
pub(super) fn check_names(request: &Request) -> Result<(), PeerError> {
    if request.skill.len() > MAX_NAME || request.method.len() > MAX_NAME {
        let text = format!("names of skills and methods have at most {MAX_NAME} bytes");
        return Err(PeerError::Invalid(text));
    }
    Ok(())
}

fn check_size(text: &str, limit: usize) -> Result<(), PeerError> {
    if text.len() > limit {
        let length = text.len();
        return Err(PeerError::TooLarge(format!(
            "arguments of {length} bytes; at most {limit} are taken"
        )));
    }
    Ok(())
}

/// Returns `text` if it is a JSON object of at most `limit` bytes, or `{}` for an empty text. Builds no values.
///
/// # Errors
/// [`PeerError::TooLarge`] above the limit, and [`PeerError::Invalid`] for any other text.
pub(super) fn object(text: String, limit: usize) -> Result<String, PeerError> {
    check_size(&text, limit)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Ok("{}".to_owned());
    }
    serde_json::from_str::<IgnoredAny>(&text)
        .map_err(|error| PeerError::Invalid(format!("the arguments are not JSON: {error}")))?;
    let kind = match start.as_bytes().first() {
        Some(b'{') => return Ok(text),
        Some(b'[') => "an array",
        Some(b'n') => "null",
        _ => "a single value",
    };
    Err(PeerError::Invalid(format!(
        "the arguments must be a JSON object, not {kind}"
    )))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    #[test]
    fn arguments_are_objects() {
        let rows = [
            ("", Some("{}")),
            (" ", Some("{}")),
            (" {\"a\": 1}", Some(" {\"a\": 1}")),
            ("[]", None),
            ("null", None),
            ("1", None),
            ("{", None),
            ("{\"a\": \"aaaaaaaaaaaaaaaaaaaaa\"}", None),
        ];
        each_row(rows, |(text, expected)| {
            let taken = object(text.to_owned(), 20).ok();
            assert_eq!(taken.as_deref(), expected, "{text}");
        });
    }
}
