//! Results of calls as they travel between nodes.

use luminarys_orchestrator::{Charge, Outcome};
use luminarys_text::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

#[derive(Serialize)]
struct Written<'a> {
    value: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    value: Value,
    #[serde(default)]
    text: Option<String>,
}

/// A result cannot be used.
#[derive(Debug, Error)]
pub(crate) enum OutcomeError {
    /// It is malformed.
    #[error("its result is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// There is no room for it.
    #[error("{0}")]
    NoRoom(#[from] luminarys_orchestrator::Exhausted),
}

/// Encodes a result.
pub(crate) fn encode(value: &Value, text: Option<&str>) -> Vec<u8> {
    // Values and texts can always be written.
    serde_json::to_vec(&Written { value, text }).unwrap_or_default()
}

/// Decodes a result; `held` is the charge of its bytes, which grows to what it takes as a value.
///
/// # Errors
/// [`OutcomeError`].
pub(crate) fn decode(bytes: &[u8], mut held: Charge) -> Result<Outcome, OutcomeError> {
    held.grow(json::weigh(bytes))?;
    let read: Read = serde_json::from_slice(bytes)?;
    let text = read.text.as_ref().map_or(0, String::len) as u64;
    held.resize(json::memory(&read.value) + text)?;
    Ok(Outcome {
        value: read.value,
        text_for_model: read.text,
        held,
    })
}
