//! The arguments of a call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use luminarys_package::Parameter;
use serde_json::{Map, Value};

use super::DynamicValue;
use super::text::{is_json, write_json};
use crate::values::error::{ValueError, expected, unknown_name};
use crate::values::from_json::whole_float;

/// Returns the arguments of a call, in the descriptor's order: with defaults, without absent ones.
///
/// # Errors
/// [`ValueError`] for unknown, missing and invalid arguments.
pub fn dynamic_arguments(
    params: &[Parameter],
    arguments: &Value,
) -> Result<Vec<(String, DynamicValue)>, ValueError> {
    let empty = Map::new();
    let given = match arguments {
        Value::Null => &empty,
        Value::Object(given) => given,
        other => return Err(expected("an object", other)),
    };
    if let Some(unknown) = given
        .keys()
        .find(|key| !params.iter().any(|parameter| parameter.name == **key))
    {
        let known = params.iter().map(|parameter| parameter.name.as_str());
        return Err(ValueError::new(unknown_name("parameter", unknown, known)));
    }
    let mut made = Vec::new();
    for parameter in params {
        let value = given
            .get(&parameter.name)
            .filter(|value| !value.is_null())
            .or(parameter.default.as_ref());
        match value {
            Some(value) => {
                let value = coerce(parameter, value).map_err(|error| ValueError {
                    path: parameter.name.clone(),
                    ..error
                })?;
                made.push((parameter.name.clone(), value));
            }
            None if parameter.required => {
                return Err(ValueError::new(format!(
                    "missing required parameter: {}",
                    parameter.name
                )));
            }
            None => {}
        }
    }
    Ok(made)
}

/// Converts one argument to the parameter's type.
pub(super) fn coerce(parameter: &Parameter, value: &Value) -> Result<DynamicValue, ValueError> {
    let found = match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        scalar => Some(scalar.to_string()),
    };
    let is_listed = found.is_some_and(|found| parameter.enumeration.contains(&found));
    if !parameter.enumeration.is_empty() && !is_listed {
        return Err(expected(
            &format!("one of {}", parameter.enumeration.join(", ")),
            value,
        ));
    }
    match (parameter.kind.as_deref(), value) {
        (Some("string"), Value::String(text)) => Ok(DynamicValue::Text(text.clone())),
        (Some("string"), Value::Number(_) | Value::Bool(_)) => {
            Ok(DynamicValue::Text(value.to_string()))
        }
        (Some("integer"), Value::Number(number)) => {
            let whole = number
                .as_i64()
                .or_else(|| i64::try_from(number.as_f64().and_then(whole_float)?).ok());
            whole
                .map(DynamicValue::Integer)
                .ok_or_else(|| expected("an integer of 64 bits", value))
        }
        (Some("integer"), Value::String(text)) => text
            .trim()
            .parse()
            .map(DynamicValue::Integer)
            .map_err(|_| expected("an integer", value)),
        (Some("number"), Value::Number(number)) => number
            .as_f64()
            .map(DynamicValue::Float)
            .ok_or_else(|| expected("a number", value)),
        (Some("number"), Value::String(text)) => match text.trim() {
            "NaN" => Ok(DynamicValue::Float(f64::NAN)),
            "Infinity" => Ok(DynamicValue::Float(f64::INFINITY)),
            "-Infinity" => Ok(DynamicValue::Float(f64::NEG_INFINITY)),
            text => text
                .parse::<f64>()
                .ok()
                .filter(|float| float.is_finite())
                .map(DynamicValue::Float)
                .ok_or_else(|| expected("a number", value)),
        },
        (Some("boolean"), Value::Bool(value)) => Ok(DynamicValue::Boolean(*value)),
        (Some("boolean"), Value::String(text)) if text == "true" || text == "false" => {
            Ok(DynamicValue::Boolean(text == "true"))
        }
        (Some("bytes"), Value::String(text)) => BASE64
            .decode(text)
            .map(DynamicValue::Bytes)
            .map_err(|error| ValueError::new(format!("not base64: {error}"))),
        (Some("object"), Value::Object(_)) => Ok(DynamicValue::Json(value.to_string())),
        (Some("array"), Value::Array(_)) => {
            let mut json = String::new();
            write_json(parameter, value, &mut json);
            Ok(DynamicValue::Json(json))
        }
        (Some(kind @ ("object" | "array")), Value::String(text)) if is_json(kind, text) => {
            Ok(DynamicValue::Json(text.clone()))
        }
        (Some(kind), _) => Err(expected(&format!("a value of type {kind}"), value)),
        (None, value) => Ok(natural(value)),
    }
}

fn natural(value: &Value) -> DynamicValue {
    match value {
        Value::Null => DynamicValue::Null,
        Value::Bool(value) => DynamicValue::Boolean(*value),
        Value::String(text) => DynamicValue::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => DynamicValue::Integer(integer),
            (None, Some(float)) => DynamicValue::Float(float),
            (None, None) => DynamicValue::Json(value.to_string()),
        },
        Value::Array(_) | Value::Object(_) => DynamicValue::Json(value.to_string()),
    }
}
