//! JSON Schema (2020-12) of results: every form of a value. `input_schema` has that of arguments.

use serde_json::{Map, Value, json};

use super::plan::{Field, Plan};
use super::to_json::SAFE_INTEGER;

/// Returns the schema of a type.
pub(crate) fn schema(plan: &Plan) -> Value {
    match plan {
        Plan::Bool => json!({ "type": "boolean" }),
        Plan::Integer(integer) => {
            let (low, high) = integer.bounds();
            let safe = i128::from(SAFE_INTEGER);
            let (low, high) = (low.max(-safe), high.min(safe));
            let number =
                json!({ "type": "integer", "minimum": number(low), "maximum": number(high) });
            if integer.is_wide() {
                let digits = if low < 0 {
                    "^-?[0-9]{1,19}$"
                } else {
                    "^[0-9]{1,20}$"
                };
                json!({ "anyOf": [number, { "type": "string", "pattern": digits }] })
            } else {
                number
            }
        }
        Plan::Float32 | Plan::Float64 => {
            json!({ "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }] })
        }
        Plan::Char => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        Plan::String => json!({ "type": "string" }),
        Plan::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Plan::List(item) => json!({ "type": "array", "items": schema(item) }),
        Plan::FixedList(item, length) => {
            json!({ "type": "array", "items": schema(item), "minItems": length, "maxItems": length })
        }
        Plan::Map(pair) if pair[0].plan == Plan::String => {
            json!({ "type": "object", "additionalProperties": schema(&pair[1].plan) })
        }
        Plan::Map(pair) => json!({ "type": "array", "items": tuple(pair.as_slice()) }),
        Plan::Tuple(fields) => tuple(fields),
        Plan::Record(fields) => object(fields),
        Plan::Variant(cases) => {
            let bare = cases
                .iter()
                .filter(|(_, plan)| plan.is_none())
                .map(|(name, _)| json!(name))
                .collect::<Vec<_>>();
            let mut forms = Vec::new();
            if !bare.is_empty() {
                forms.push(json!({ "enum": bare }));
            }
            forms.extend(
                cases
                    .iter()
                    .filter_map(|(name, plan)| Some(only(name, schema(plan.as_ref()?)))),
            );
            json!({ "anyOf": forms })
        }
        Plan::Enum(names) => json!({ "type": "string", "enum": names }),
        Plan::Flags(names) if names.is_empty() => json!({ "type": "array", "maxItems": 0 }),
        Plan::Flags(names) => {
            json!({ "type": "array", "items": { "type": "string", "enum": names }, "uniqueItems": true })
        }
        Plan::Option(inner) if inner.admits_null() => {
            json!({ "anyOf": [{ "type": "null" }, only("some", schema(inner))] })
        }
        Plan::Option(inner) => json!({ "anyOf": [schema(inner), { "type": "null" }] }),
        Plan::Result(ok, err) => {
            let side = |plan: &Option<Box<Plan>>| {
                plan.as_deref()
                    .map_or_else(|| json!({ "type": "null" }), schema)
            };
            json!({ "anyOf": [only("ok", side(ok)), only("err", side(err))] })
        }
    }
}

/// Returns the schema of an object with these properties and no others.
fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.json_name.clone(), schema(&field.plan)))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| !field.optional())
        .map(|field| field.json_name.as_str())
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn tuple(fields: &[Field]) -> Value {
    let length = fields.len();
    // An empty `prefixItems` is not valid.
    if length == 0 {
        return json!({ "type": "array", "maxItems": 0 });
    }
    let items = fields.iter().map(|field| schema(&field.plan));
    json!({ "type": "array", "prefixItems": items.collect::<Value>(), "minItems": length, "maxItems": length })
}

fn only(name: &str, schema: Value) -> Value {
    json!({ "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false })
}

/// Returns the JSON number of an integer within 53 bits.
fn number(value: i128) -> Value {
    i64::try_from(value).map_or(Value::Null, Value::from)
}

/// Returns a schema as MCP requires it: an object. Any other schema becomes the property `result` of one.
pub fn wrap_schema(schema: Value) -> Value {
    if is_object(&schema) {
        schema
    } else {
        only("result", schema)
    }
}

/// Wraps a value of `schema` in the same way.
pub fn wrap_result(schema: &Value, value: Value) -> Value {
    if is_object(schema) {
        value
    } else {
        json!({ "result": value })
    }
}

fn is_object(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object")
}
