//! Dynamic skills: arguments of the descriptor's types, coerced as by hosts of the older ABI.
//!
//! - `schema`: the schema for clients; `arguments`: their arguments; `text`: JSON passed as text

mod arguments;
mod schema;
mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::to_json::{float, signed};

pub use arguments::dynamic_arguments;
pub use schema::{dynamic_forms, dynamic_schema};

/// `luminarys:skill/dynamic.value`.
#[derive(Clone, Debug, PartialEq)]
pub enum DynamicValue {
    /// JSON null.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
    /// Base64 text in JSON.
    Bytes(Vec<u8>),
    /// JSON text.
    Json(String),
}

impl DynamicValue {
    /// Returns its approximate size in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Text(text) | Self::Json(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            _ => 8,
        }
    }
}

/// Converts a dynamic result to JSON. Invalid JSON text becomes a string.
pub fn dynamic_result(value: DynamicValue) -> Value {
    match value {
        DynamicValue::Null => Value::Null,
        DynamicValue::Boolean(value) => json!(value),
        DynamicValue::Integer(value) => signed(value),
        DynamicValue::Float(value) => float(value),
        DynamicValue::Text(value) => Value::String(value),
        DynamicValue::Bytes(value) => Value::String(BASE64.encode(value)),
        DynamicValue::Json(value) => serde_json::from_str(&value).unwrap_or(Value::String(value)),
    }
}

#[cfg(test)]
mod tests;
