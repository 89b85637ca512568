//! Converts component values to JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use wasmtime::component::Val;

use super::plan::Plan;

/// The bound of integers that every JSON reader keeps exactly.
pub(super) const SAFE_INTEGER: u64 = 1 << 53;

/// Converts a value to JSON. wasmtime has lifted it by the same type, so that the two always match. Strings are moved.
pub(crate) fn to_json(plan: &Plan, value: Val) -> Value {
    match (plan, value) {
        (Plan::Bytes, Val::List(items)) => {
            let bytes: Vec<u8> = items
                .iter()
                .filter_map(|item| {
                    if let Val::U8(byte) = item {
                        Some(*byte)
                    } else {
                        None
                    }
                })
                .collect();
            Value::String(BASE64.encode(bytes))
        }
        // From `Compact::call`.
        (Plan::Bytes, Val::String(text)) => Value::String(text),
        (
            Plan::List(plan) | Plan::FixedList(plan, _),
            Val::List(items) | Val::FixedLengthList(items),
        ) => items.into_iter().map(|item| to_json(plan, item)).collect(),
        (Plan::Map(pair), Val::Map(entries)) if pair[0].plan == Plan::String => {
            let mut object = Map::new();
            for (key, value) in entries {
                if let Val::String(key) = key {
                    // Of two entries with the same key the last wins, as in maps.
                    object.insert(key, to_json(&pair[1].plan, value));
                }
            }
            Value::Object(object)
        }
        (Plan::Map(pair), Val::Map(entries)) => entries
            .into_iter()
            .map(|(key, value)| json!([to_json(&pair[0].plan, key), to_json(&pair[1].plan, value)]))
            .collect(),
        (Plan::Tuple(fields), Val::Tuple(items)) => fields
            .iter()
            .zip(items)
            .map(|(field, item)| to_json(&field.plan, item))
            .collect(),
        (Plan::Record(fields), Val::Record(values)) => {
            let parts = fields.iter().zip(values);
            let object: Map<String, Value> = parts
                // An option that is none is left out, as in arguments.
                .filter(|(field, (_, value))| {
                    !(field.optional() && matches!(value, Val::Option(None)))
                })
                .map(|(field, (_, value))| (field.json_name.clone(), to_json(&field.plan, value)))
                .collect();
            Value::Object(object)
        }
        (Plan::Variant(cases), Val::Variant(name, payload)) => {
            let plan = cases
                .iter()
                .find(|(known, _)| *known == name)
                .and_then(|(_, plan)| plan.as_ref());
            match (plan, payload) {
                (Some(plan), Some(payload)) => named(&name, to_json(plan, *payload)),
                _ => Value::String(name),
            }
        }
        (_, Val::Enum(name)) => Value::String(name),
        (_, Val::Flags(names)) => names.into_iter().map(Value::String).collect(),
        (_, Val::Option(None)) => Value::Null,
        (Plan::Option(inner), Val::Option(Some(value))) => {
            let made = to_json(inner, *value);
            if inner.admits_null() {
                named("some", made)
            } else {
                made
            }
        }
        (Plan::Result(ok, err), Val::Result(result)) => {
            let (name, plan, payload) = match result {
                Ok(payload) => ("ok", ok, payload),
                Err(payload) => ("err", err, payload),
            };
            let made = plan
                .as_deref()
                .zip(payload)
                .map(|(plan, payload)| to_json(plan, *payload));
            named(name, made.unwrap_or(Value::Null))
        }
        (_, Val::Bool(value)) => json!(value),
        (_, Val::S8(value)) => json!(value),
        (_, Val::U8(value)) => json!(value),
        (_, Val::S16(value)) => json!(value),
        (_, Val::U16(value)) => json!(value),
        (_, Val::S32(value)) => json!(value),
        (_, Val::U32(value)) => json!(value),
        (_, Val::S64(value)) => signed(value),
        (_, Val::U64(value)) if value > SAFE_INTEGER => json!(value.to_string()),
        (_, Val::U64(value)) => json!(value),
        (_, Val::Float32(value)) => float(f64::from(value)),
        (_, Val::Float64(value)) => float(value),
        (_, Val::Char(value)) => json!(value),
        (_, Val::String(value)) => Value::String(value),
        // Resources and the like have no plan, so their methods are never called.
        _ => Value::Null,
    }
}

fn named(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// Converts an integer to a number, or beyond 2^53 to a string of its digits.
pub(crate) fn signed(value: i64) -> Value {
    if value.unsigned_abs() > SAFE_INTEGER {
        json!(value.to_string())
    } else {
        json!(value)
    }
}

/// Converts a float to a number, or to a name if JSON has no number for it.
pub(crate) fn float(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        json!(value)
    }
}

/// Returns the approximate size in bytes of a method's results: of the payload only, for a `result`.
pub(crate) fn outcome_size(values: &[Val]) -> u64 {
    let one = |value: &Val| match value {
        Val::Result(Ok(inner) | Err(inner)) => inner.as_deref().map_or(4, size),
        value => size(value),
    };
    values.iter().map(one).sum()
}

/// Returns the approximate size in bytes of a value's JSON.
fn size(value: &Val) -> u64 {
    let sum = |values: &[Val]| values.iter().map(size).sum::<u64>();
    match value {
        Val::String(text) => text.len() as u64 + 2,
        Val::List(items) if matches!(items.first(), Some(Val::U8(_))) => items.len() as u64,
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => 2 + sum(items),
        Val::Map(entries) => {
            2 + entries
                .iter()
                .map(|(key, value)| size(key) + size(value) + 2)
                .sum::<u64>()
        }
        Val::Record(fields) => {
            2 + fields
                .iter()
                .map(|(name, value)| name.len() as u64 + 4 + size(value))
                .sum::<u64>()
        }
        Val::Variant(name, payload) => name.len() as u64 + 4 + payload.as_deref().map_or(0, size),
        Val::Enum(name) => name.len() as u64 + 2,
        Val::Flags(names) => names.iter().map(|name| name.len() as u64 + 3).sum(),
        Val::Option(inner) => inner.as_deref().map_or(4, size),
        Val::Result(Ok(inner) | Err(inner)) => 8 + inner.as_deref().map_or(4, size),
        _ => 8,
    }
}
