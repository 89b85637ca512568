//! JSON that clients pass as text, and that the skill receives as text.

use luminarys_package::Parameter;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The maximum nesting depth: that of a whole message.
const MAX_DEPTH: usize = 64;

/// Writes the JSON of a value. A string in an array is parsed as its declared type if the schema asks for a string.
pub(super) fn write_json(declared: &Parameter, value: &Value, json: &mut String) {
    match (declared.kind.as_deref(), &declared.items, value) {
        (Some("array"), Some(items), Value::Array(values)) => {
            json.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_json(items, value, json);
            }
            json.push(']');
        }
        (Some(kind), _, Value::String(text)) if is_json(kind, text) && !keeps_text(declared) => {
            json.push_str(text);
        }
        (_, _, value) => json.push_str(&value.to_string()),
    }
}

/// Returns whether a string for this declaration is passed on as a string.
fn keeps_text(declared: &Parameter) -> bool {
    match declared.kind.as_deref() {
        Some("object" | "array") => false,
        Some("integer" | "number" | "boolean") => declared.enumeration.is_empty(),
        _ => true,
    }
}

/// Returns whether `text` is JSON of that type. Builds no values.
pub(super) fn is_json(kind: &str, text: &str) -> bool {
    let begins = |with: fn(char) -> bool| text.trim_start().starts_with(with);
    let fits = match kind {
        "object" => begins(|c| c == '{'),
        "array" => begins(|c| c == '['),
        "boolean" => begins(|c| matches!(c, 't' | 'f')),
        "integer" | "number" => begins(|c| c == '-' || c.is_ascii_digit()),
        _ => false,
    };
    fits && serde_json::from_str::<IgnoredAny>(text).is_ok() && depth(text) <= MAX_DEPTH
}

/// Returns the nesting depth of JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    let mut is_string = false;
    while let Some(byte) = bytes.next() {
        match (byte, is_string) {
            (b'"', _) => is_string = !is_string,
            // An escaped character does not end a string.
            (b'\\', true) => drop(bytes.next()),
            (b'[' | b'{', false) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (b']' | b'}', false) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
