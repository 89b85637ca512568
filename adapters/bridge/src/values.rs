//! Values of the WIT interface `dynamic` to and from MessagePack.

use crate::bindings::exports::luminarys::skill::dynamic::Value as Answer;
use crate::json::{self, text};
use crate::wire::{Encoder, Value, decode};

/// Adds an argument.
pub fn put(value: &Answer, out: &mut Encoder) {
    match value {
        Answer::Null => out.nil(),
        Answer::Boolean(flag) => out.flag(*flag),
        Answer::Integer(number) => out.integer(*number),
        Answer::Float(number) => out.float(*number),
        Answer::Text(text) => out.text(text),
        Answer::Bytes(bytes) => out.bytes(bytes),
        Answer::Json(text) => {
            json::from_text(text, out);
            out
        }
    };
}

/// What a payload is as a result. Nothing at all is the empty text, and a map that holds only `result` is what that holds.
pub fn answer(payload: &[u8]) -> Result<Answer, String> {
    if payload.is_empty() {
        return Ok(Answer::Text(String::new()));
    }
    let value = decode(payload).map_err(|error| format!("the skill's result: {error}"))?;
    let value = match value {
        Value::Map(mut entries) if entries.len() == 1 && text(&entries[0].0) == "result" => {
            entries.remove(0).1
        }
        other => other,
    };
    Ok(match &value {
        Value::Nil => Answer::Text(String::new()),
        Value::Boolean(flag) => Answer::Boolean(*flag),
        Value::Integer(number) if number.as_i64().is_some() => {
            Answer::Integer(number.as_i64().unwrap_or_default())
        }
        Value::F32(number) => Answer::Float(f64::from(*number)),
        Value::F64(number) => Answer::Float(*number),
        Value::String(_) => Answer::Text(text(&value)),
        Value::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Answer::Text(text.to_owned()),
            Err(_) => Answer::Bytes(bytes.to_vec()),
        },
        other => Answer::Json(json::to_json(other).to_string()),
    })
}
