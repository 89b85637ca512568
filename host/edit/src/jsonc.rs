//! JSON with comments.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::Value;

use crate::EditError;

/// The extensions of JSON that clients accept: comments and trailing commas.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads the whole text; null if it is empty.
pub(crate) fn read(text: &str) -> Result<Value, EditError> {
    let value = parse(text)?.to_serde_value();
    Ok(value.unwrap_or_default())
}

/// Sets the entry at `path`.
pub(crate) fn set(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let root = parse(text)?;
    let mapping = "an object";
    let (last, before) = path
        .split_last()
        .ok_or_else(|| EditError::kind(path, "no key", mapping))?;
    if let Some(found) = root.value().filter(|value| value.as_object().is_none()) {
        let found = kind(&found.to_serde_value().unwrap_or_default());
        return Err(EditError::kind(&[], found, mapping));
    }
    let is_fresh = root.value().is_none();
    let mut object = root.object_value_or_set();
    for (depth, key) in before.iter().enumerate() {
        if let Some(property) = object.get(key) {
            let found = property.to_serde_value().unwrap_or_default();
            if !found.is_object() && !found.is_null() {
                return Err(EditError::kind(&path[..=depth], kind(&found), mapping));
            }
        }
        object = object.object_value_or_set(key);
    }
    match object.get(last) {
        Some(property) => property.set_value(input(value)),
        None => _ = object.append(last, input(value)),
    }
    let mut changed = root.to_string();
    if is_fresh && !changed.ends_with('\n') {
        changed.push('\n');
    }
    Ok(changed)
}

fn parse(text: &str) -> Result<CstRootNode, EditError> {
    CstRootNode::parse(text, &OPTIONS).map_err(|error| EditError::Syntax {
        format: "JSON",
        reason: error.to_string(),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (key.clone(), input(value)));
            CstInputValue::Object(entries.collect())
        }
    }
}
