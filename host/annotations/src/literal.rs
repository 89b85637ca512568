//! Converts `default:` and `example:` to JSON of the parameter's type.

use serde_json::{Number, Value};

use crate::Kind;

/// Parses `text` as a value of `kind`; returns what is wrong if it is not one.
pub(crate) fn value(kind: Kind, native: &str, text: &str) -> Result<Value, String> {
    match kind {
        // Bytes are base64 in JSON.
        Kind::Text | Kind::Bytes => Ok(Value::String(text.to_owned())),
        Kind::Integer if native == "i32" && text.parse::<i64>().is_ok() => {
            let number = text.parse::<i32>();
            number
                .map(Value::from)
                .map_err(|_| format!("{text} does not fit an i32"))
        }
        Kind::Integer => {
            let number = text.parse::<i64>();
            number
                .map(Value::from)
                .map_err(|_| format!("{text:?} is no integer"))
        }
        Kind::Float => {
            let number = text.parse().ok().and_then(Number::from_f64);
            number
                .map(Value::Number)
                .ok_or_else(|| format!("{text:?} is no number"))
        }
        Kind::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("{text:?} is neither true nor false")),
        },
    }
}
