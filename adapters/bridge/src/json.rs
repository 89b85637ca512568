//! MessagePack to and from JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};

use crate::wire::{Encoder, Value};

/// Bytes become text where they are text, base64 where they are not.
pub fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(flag) => Json::Bool(*flag),
        Value::Integer(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Json::from(number),
            (None, Some(number)) => Json::from(number),
            (None, None) => Json::Null,
        },
        Value::F32(number) => float(f64::from(*number)),
        Value::F64(number) => float(*number),
        Value::String(_) => Json::String(text(value)),
        Value::Binary(bytes) => Json::String(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => STANDARD.encode(bytes),
        }),
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (text(key), to_json(value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Value::Ext(_, bytes) => Json::String(STANDARD.encode(bytes)),
    }
}

/// Any value as text.
pub fn text(value: &Value<'_>) -> String {
    match value {
        Value::Nil => String::new(),
        Value::String(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        Value::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => to_json(other).to_string(),
    }
}

/// JSON has no NaN and no infinities.
pub fn float(number: f64) -> Json {
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// Adds a JSON value.
pub fn from_json(value: &Json, out: &mut Encoder) {
    match value {
        Json::Null => out.nil(),
        Json::Bool(flag) => out.flag(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => out.integer(number),
            (None, Some(number)) => out.unsigned(number),
            (None, None) => out.float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => out.text(text),
        Json::Array(items) => {
            out.array(items.len());
            for item in items {
                from_json(item, out);
            }
            out
        }
        Json::Object(entries) => {
            out.map(entries.len());
            for (key, value) in entries {
                from_json(value, out.text(key));
            }
            out
        }
    };
}

/// Adds a value that is JSON text; text that is none as itself.
pub fn from_text(text: &str, out: &mut Encoder) {
    match serde_json::from_str(text) {
        Ok(value) => from_json(&value, out),
        Err(_) => drop(out.text(text)),
    }
}

/// Bytes for an argument that JSON carries.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
