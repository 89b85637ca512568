//! The schema of a method's arguments.

use luminarys_package::Parameter;
use serde_json::{Value, json};

use super::arguments::coerce;
use crate::values::documented::{documented, listed};
use crate::values::form::{Form, NamedForm};
use crate::values::input_schema::{bytes, closed, integer, noted};
use crate::values::plan::Integer;

/// Returns the schema of a method's arguments, from its descriptor.
pub fn dynamic_schema(params: &[Parameter]) -> Value {
    let properties = params
        .iter()
        .map(|parameter| (parameter.name.clone(), property(parameter)));
    let required = params
        .iter()
        .filter(|parameter| parameter.required && parameter.default.is_none());
    closed(
        properties.collect(),
        required.map(|parameter| parameter.name.as_str()).collect(),
    )
}

/// Returns the form of each parameter.
pub fn dynamic_forms(params: &[Parameter]) -> Vec<NamedForm> {
    let form = |parameter: &Parameter| NamedForm {
        name: parameter.name.clone(),
        form: match parameter.kind.as_deref() {
            Some("string") => Form::Text,
            Some("bytes") => Form::Bytes,
            _ => Form::Json { names: Vec::new() },
        },
    };
    params.iter().map(form).collect()
}

/// Returns the schema of a parameter. One without a schema that every client accepts is a string: a parameter without a
/// type, and JSON that is only known to be an object or an array.
fn property(parameter: &Parameter) -> Value {
    let text = || json!({ "type": "string" });
    let schema = match (parameter.kind.as_deref(), &parameter.items) {
        (Some("bytes"), _) => bytes(),
        // Clients accept only strings in an `enum`.
        _ if !parameter.enumeration.is_empty() => text(),
        (Some("integer"), _) => integer(Integer::S64),
        (Some(kind @ ("number" | "boolean")), _) => json!({ "type": kind }),
        (Some("array"), Some(items)) => json!({ "type": "array", "items": property(items) }),
        (Some("array"), None) => noted(text(), "A JSON array, as text."),
        (Some("object"), _) => noted(text(), "A JSON object, as text."),
        _ => text(),
    };
    let texts = parameter.enumeration.iter();
    // The descriptor may list values of another type.
    let texts = texts.filter(|&text| coerce(parameter, &json!(text)).is_ok());
    let texts: Vec<String> = texts.cloned().collect();
    documented(listed(schema, &texts), parameter)
}
