//! Adds a descriptor's documentation of a parameter to its schema.

use luminarys_package::Parameter;
use serde_json::Value;

use super::input_schema::{join, noted};

/// Adds the description of `doc`, including the default and the example, whose keywords not every client accepts.
pub(super) fn documented(mut schema: Value, doc: &Parameter) -> Value {
    let own = schema["description"].as_str().unwrap_or_default();
    let text = join(&doc.description, own);
    if !text.is_empty() {
        schema["description"] = Value::String(text);
    }
    if let Some(default) = &doc.default {
        schema = noted(schema, &format!("Default: {default}."));
    }
    if let Some(example) = &doc.example {
        schema = noted(schema, &format!("Example: {example}."));
    }
    schema
}

/// Returns a string schema restricted to `texts`.
pub(super) fn listed(mut schema: Value, texts: &[String]) -> Value {
    let mut different: Vec<&String> = Vec::new();
    for text in texts {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    if different.iter().any(|text| text.is_empty()) {
        // Not every client accepts an empty string in an `enum`.
        let each = different.iter().map(|text| format!("{text:?}"));
        let each = each.collect::<Vec<_>>().join(", ");
        return noted(schema, &format!("One of {each}."));
    }
    if !different.is_empty() {
        schema["enum"] = different.into_iter().cloned().collect();
    }
    schema
}
