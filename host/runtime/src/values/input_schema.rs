//! JSON Schema of arguments: one plain form for each type, using only what every client and model accepts
//! ([`luminarys_schemas`]). The host accepts more than the schema allows; the table in `values` lists all forms.

use luminarys_schemas::MAX_INTEGER;
use serde_json::{Map, Value, json};

use super::plan::{Field, Integer, Plan};

/// A bound within the range of `f32` that every JSON reader represents.
const FLOAT32: f64 = 3.4e38;

/// Returns the schema of a parameter's or field's value; an option that is none is left out.
pub(crate) fn field(plan: &Plan) -> Value {
    match plan {
        Plan::Option(inner) => present(inner),
        plan => schema(plan),
    }
}

/// Returns the schema of a value that cannot be left out.
fn schema(plan: &Plan) -> Value {
    match plan {
        Plan::Bool => json!({ "type": "boolean" }),
        Plan::Integer(kind) => integer(*kind),
        Plan::Float32 => json!({ "type": "number", "minimum": -FLOAT32, "maximum": FLOAT32 }),
        Plan::Float64 => json!({ "type": "number" }),
        Plan::Char => noted(
            json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
            "One character.",
        ),
        Plan::String => json!({ "type": "string" }),
        Plan::Bytes => bytes(),
        Plan::List(item) => json!({ "type": "array", "items": schema(item) }),
        Plan::FixedList(item, length) => array(schema(item), *length),
        Plan::Map(pair) => json!({ "type": "array", "items": object(pair.as_slice()) }),
        Plan::Tuple(fields) => tuple(fields),
        Plan::Record(fields) => object(fields),
        Plan::Variant(cases) => choice(
            cases
                .iter()
                .map(|(name, plan)| (name.as_str(), plan.as_ref())),
        ),
        Plan::Result(ok, err) => {
            choice([("ok", ok.as_deref()), ("err", err.as_deref())].into_iter())
        }
        Plan::Enum(names) => texts(names.iter().map(String::as_str)),
        Plan::Flags(names) if names.is_empty() => array(json!({ "type": "string" }), 0),
        Plan::Flags(names) => {
            json!({ "type": "array", "items": texts(names.iter().map(String::as_str)) })
        }
        Plan::Option(inner) => noted(present(inner), "May be null."),
    }
}

/// Returns the schema of an option's payload. A nested option is wrapped, since leaving it out already means none.
fn present(inner: &Plan) -> Value {
    match inner {
        Plan::Option(_) => {
            let some = Field::new("some", inner.clone());
            noted(
                object(&[some]),
                "Give an empty object for a value that is itself none.",
            )
        }
        inner => schema(inner),
    }
}

/// Returns the schema of an integer. A larger one than 53 bits is passed as text: many JSON readers would change its
/// last digits.
pub(super) fn integer(kind: Integer) -> Value {
    let (low, high) = kind.bounds();
    let number = |bound: i128| {
        let most = i128::from(MAX_INTEGER);
        i64::try_from(bound.clamp(-most, most)).unwrap_or_default()
    };
    let schema = json!({ "type": "integer", "minimum": number(low), "maximum": number(high) });
    match kind.is_wide() {
        true => noted(
            schema,
            "Larger integers are given as a string of their decimal digits.",
        ),
        false => schema,
    }
}

/// Returns the schema of bytes.
pub(super) fn bytes() -> Value {
    noted(json!({ "type": "string" }), "Bytes, encoded as base64.")
}

/// Returns the schema of an enumeration of strings, which must be distinct and not empty.
pub(super) fn texts<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": names.collect::<Vec<_>>() })
}

/// Returns the schema of an object with these properties and no others.
pub(super) fn object(fields: &[Field]) -> Value {
    let properties = fields
        .iter()
        .map(|part| (part.json_name.clone(), field(&part.plan)));
    let required = fields.iter().filter(|part| !part.optional());
    closed(
        properties.collect(),
        required.map(|part| part.json_name.as_str()).collect(),
    )
}

/// Returns the schema of an object with these properties' schemas and no others.
pub(super) fn closed(properties: Map<String, Value>, required: Vec<&str>) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["additionalProperties"] = Value::Bool(false);
    schema
}

/// Returns the schema of a tuple: an array if all items have the same type, else an object.
fn tuple(fields: &[Field]) -> Value {
    match fields.split_first() {
        None => array(json!({ "type": "string" }), 0),
        Some((first, rest))
            if !first.optional() && rest.iter().all(|item| item.plan == first.plan) =>
        {
            array(schema(&first.plan), fields.len())
        }
        Some(_) => noted(object(fields), "A tuple: its items by their position."),
    }
}

fn array(items: Value, length: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": length, "maxItems": length })
}

/// Returns the schema of one of several cases: its name if no case has a payload, else an object with that property
/// only.
fn choice<'a>(cases: impl Iterator<Item = (&'a str, Option<&'a Plan>)> + Clone) -> Value {
    if cases.clone().all(|(_, plan)| plan.is_none()) {
        return texts(cases.map(|(name, _)| name));
    }
    let case = |(name, plan): (&str, Option<&Plan>)| {
        let payload = plan.map(schema);
        let none = || noted(json!({ "type": "boolean" }), "Always true.");
        (name.to_owned(), payload.unwrap_or_else(none))
    };
    let mut schema = closed(cases.map(case).collect(), Vec::new());
    schema["minProperties"] = json!(1);
    schema["maxProperties"] = json!(1);
    noted(schema, "Exactly one of the properties.")
}

/// Appends a note to a schema's description.
pub(super) fn noted(mut schema: Value, note: &str) -> Value {
    let told = schema["description"].as_str().unwrap_or_default();
    schema["description"] = Value::String(join(told, note));
    schema
}

/// Joins two texts as consecutive sentences.
pub(super) fn join(first: &str, second: &str) -> String {
    let (first, second) = (first.trim_end(), second.trim_start());
    match (first, second) {
        ("", only) | (only, "") => only.to_owned(),
        (first, second) if first.ends_with(['.', '!', '?', ':', ';', '…']) => {
            format!("{first} {second}")
        }
        (first, second) => format!("{first}. {second}"),
    }
}
