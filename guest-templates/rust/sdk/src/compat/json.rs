//! MessagePack values to and from JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmpv::Value;
use serde_json::{Map, Number, Value as Json};

use crate::SkillError;

/// A value as JSON. Bytes become text where they are text, base64 where they are not.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(flag) => Json::Bool(*flag),
        Value::Integer(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Json::from(number),
            (None, number) => number.map_or(Json::Null, Json::from),
        },
        Value::F32(number) => float(f64::from(*number)),
        Value::F64(number) => float(*number),
        Value::String(_) => Json::String(text(value)),
        Value::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Json::String(text.to_owned()),
            Err(_) => base64(bytes),
        },
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (text(key), to_json(value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Value::Ext(_, bytes) => base64(bytes),
    }
}

/// JSON has no NaN and no infinities.
fn float(number: f64) -> Json {
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// Bytes, as the host takes them for a parameter of bytes.
pub fn base64(bytes: &[u8]) -> Json {
    Json::String(STANDARD.encode(bytes))
}

/// Any value as text.
pub fn text(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::String(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        Value::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => to_json(other).to_string(),
    }
}

/// A value that is JSON text as MessagePack; text that is none as itself.
pub fn encoded(json: &str) -> Result<Vec<u8>, SkillError> {
    Ok(match serde_json::from_str::<Json>(json) {
        Ok(value) => rmp_serde::to_vec_named(&value)?,
        Err(_) => rmp_serde::to_vec_named(json)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json() {
        for (value, expected) in [
            (Value::Nil, "null"),
            (Value::from(-1), "-1"),
            (Value::from(u64::MAX), "18446744073709551615"),
            (Value::F64(f64::NAN), "null"),
            (Value::Binary(b"ab".to_vec()), "\"ab\""),
            (Value::Binary(vec![255]), "\"/w==\""),
            (Value::Map(vec![(1.into(), true.into())]), "{\"1\":true}"),
        ] {
            assert_eq!(to_json(&value).to_string(), expected);
        }
        assert_eq!(encoded("[1]").unwrap(), [0x91, 1]);
        assert_eq!(encoded("a b").unwrap(), *b"\xa3a b");
    }
}
