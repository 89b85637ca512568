//! What a descriptor says of a parameter, in its schema.

use luminarys_package::Parameter;
use serde_json::Value;

use super::input_schema::{join, noted};

/// Adds the description of `doc`, and in it the default and the example, whose keywords not every client takes.
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

/// A schema of text, restricted to some texts.
pub(super) fn listed(mut schema: Value, texts: &[String]) -> Value {
    let mut different: Vec<&String> = Vec::new();
    for text in texts {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    if different.iter().any(|text| text.is_empty()) {
        // Not every client takes an empty text in an `enum`.
        let each = different.iter().map(|text| format!("{text:?}"));
        let each = each.collect::<Vec<_>>().join(", ");
        return noted(schema, &format!("One of {each}."));
    }
    if !different.is_empty() {
        schema["enum"] = different.into_iter().cloned().collect();
    }
    schema
}
