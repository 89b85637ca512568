//! Dynamic skills: arguments by the descriptor's types, coerced as the older ABI's hosts do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use luminarys_package::Parameter;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::documented::{documented, listed};
use super::error::{ValueError, expected, unknown_name};
use super::form::{Form, NamedForm};
use super::from_json::whole_float;
use super::input_schema::{bytes, closed, integer, noted};
use super::plan::Integer;
use super::to_json::{float, signed};

/// `luminarys:skill/dynamic.value`.
#[derive(Clone, Debug, PartialEq)]
pub enum DynamicValue {
    /// JSON null.
    Null,
    /// A truth value.
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
    /// Roughly its bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Text(text) | Self::Json(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            _ => 8,
        }
    }
}

/// The schema of a method's arguments, from its descriptor.
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

/// What each parameter is given as.
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

/// What has no schema that every client takes is text: what has no type, and JSON of which no more is known than that it
/// is an object or an array.
fn property(parameter: &Parameter) -> Value {
    let text = || json!({ "type": "string" });
    let schema = match (parameter.kind.as_deref(), &parameter.items) {
        (Some("bytes"), _) => bytes(),
        // Clients take lists of texts alone.
        _ if !parameter.enumeration.is_empty() => text(),
        (Some("integer"), _) => integer(Integer::S64),
        (Some(kind @ ("number" | "boolean")), _) => json!({ "type": kind }),
        (Some("array"), Some(items)) => json!({ "type": "array", "items": property(items) }),
        (Some("array"), None) => noted(text(), "A JSON array, as text."),
        (Some("object"), _) => noted(text(), "A JSON object, as text."),
        _ => text(),
    };
    documented(listed(schema, &parameter.enumeration), parameter)
}

/// The arguments of a call, in the descriptor's order: defaults filled in, absent ones left out.
///
/// # Errors
/// [`ValueError`] for unknown, missing and unfit arguments.
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

fn coerce(parameter: &Parameter, value: &Value) -> Result<DynamicValue, ValueError> {
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

/// Writes the JSON of a value. Of what an array holds, text stands for what it is declared as where the schema asks for
/// text.
fn write_json(declared: &Parameter, value: &Value, json: &mut String) {
    match (declared.kind.as_deref(), &declared.items, value) {
        (Some("array"), Some(items), Value::Array(values)) => {
            json.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_json(items, value, json);
            }
            json.push(']');
        }
        (Some(kind), _, Value::String(text)) if is_json(kind, text) && !keeps_text(declared) => {
            json.push_str(text);
        }
        (_, _, value) => json.push_str(&value.to_string()),
    }
}

/// Whether text where this is declared is passed on as text.
fn keeps_text(declared: &Parameter) -> bool {
    match declared.kind.as_deref() {
        Some("object" | "array") => false,
        Some("integer" | "number" | "boolean") => declared.enumeration.is_empty(),
        _ => true,
    }
}

/// Whether `text` is JSON of that type. Nothing is made of it, however long it is.
fn is_json(kind: &str, text: &str) -> bool {
    let begins = |with: fn(char) -> bool| text.trim_start().starts_with(with);
    let fits = match kind {
        "object" => begins(|c| c == '{'),
        "array" => begins(|c| c == '['),
        "boolean" => begins(|c| matches!(c, 't' | 'f')),
        "integer" | "number" => begins(|c| c == '-' || c.is_ascii_digit()),
        _ => false,
    };
    fits && serde_json::from_str::<IgnoredAny>(text).is_ok()
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

/// A dynamic result as JSON. JSON text that is none is passed on as text.
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
mod tests {
    use super::*;

    fn parameter(kind: &str) -> Parameter {
        Parameter {
            name: "p".to_owned(),
            kind: Some(kind.to_owned()),
            required: true,
            ..Parameter::default()
        }
    }

    #[test]
    fn arguments_are_coerced_to_the_declared_type() {
        for (kind, value, made) in [
            ("integer", json!(3.0), Some(DynamicValue::Integer(3))),
            ("integer", json!("7"), Some(DynamicValue::Integer(7))),
            ("integer", json!(3.5), None),
            ("integer", json!(true), None),
            ("number", json!(2), Some(DynamicValue::Float(2.0))),
            ("boolean", json!("true"), Some(DynamicValue::Boolean(true))),
            ("boolean", json!("yes"), None),
            ("string", json!(5), Some(DynamicValue::Text("5".to_owned()))),
            ("string", json!([]), None),
            (
                "bytes",
                json!("AQI="),
                Some(DynamicValue::Bytes(vec![1, 2])),
            ),
            ("bytes", json!("%"), None),
            (
                "object",
                json!({"a": 1}),
                Some(DynamicValue::Json("{\"a\":1}".to_owned())),
            ),
            (
                "object",
                json!(" {\"a\": 1}"),
                Some(DynamicValue::Json(" {\"a\": 1}".to_owned())),
            ),
            ("object", json!("{\"a\": }"), None),
            ("object", json!("[1]"), None),
            (
                "array",
                json!("[1, 2]"),
                Some(DynamicValue::Json("[1, 2]".to_owned())),
            ),
            ("array", json!("{}"), None),
        ] {
            let found = dynamic_arguments(&[parameter(kind)], &json!({ "p": value }));
            assert_eq!(
                found.ok().map(|mut found| found.remove(0).1),
                made,
                "{kind} {value}"
            );
        }
    }

    #[test]
    fn absent_arguments() {
        let required = [parameter("string")];
        let error = dynamic_arguments(&required, &Value::Null).unwrap_err();
        assert_eq!(error.to_string(), "missing required parameter: p");
        let with_default = [Parameter {
            default: Some(json!(true)),
            ..parameter("boolean")
        }];
        let made = dynamic_arguments(&with_default, &json!({})).unwrap();
        assert_eq!(made, [("p".to_owned(), DynamicValue::Boolean(true))]);
        assert!(dynamic_arguments(&required, &json!({ "p": "a", "q": 1 })).is_err());
    }

    #[test]
    fn listed_values_are_of_the_declared_type() {
        let listed = |kind: &str, names: &[&str]| Parameter {
            enumeration: names.iter().map(|&name| name.to_owned()).collect(),
            ..parameter(kind)
        };
        let integers = [listed("integer", &["1", "2"])];
        let schema = dynamic_schema(&integers);
        assert_eq!(
            schema["properties"]["p"],
            json!({ "type": "string", "enum": ["1", "2"] })
        );
        for (value, taken) in [
            (json!(1), true),
            (json!("2"), true),
            (json!(3), false),
            (json!([1]), false),
        ] {
            assert_eq!(
                dynamic_arguments(&integers, &json!({ "p": value })).is_ok(),
                taken,
                "{value}"
            );
        }
        // Text that looks like a number stays text.
        let texts = dynamic_schema(&[listed("string", &["1", "a"])]);
        assert_eq!(texts["properties"]["p"]["enum"], json!(["1", "a"]));
        let empty = dynamic_schema(&[listed("string", &["", "a", "a"])]);
        assert_eq!(
            empty["properties"]["p"],
            json!({ "type": "string", "description": "One of \"\", \"a\"." })
        );
    }

    #[test]
    fn what_an_array_holds_is_as_declared() {
        let array = |items: Parameter| Parameter {
            items: Some(Box::new(items)),
            ..parameter("array")
        };
        let listed = Parameter {
            enumeration: vec!["1".to_owned(), "2".to_owned()],
            ..parameter("integer")
        };
        for (items, given, made) in [
            (
                parameter("object"),
                json!(["{\"a\": 1}", { "b": 2 }]),
                "[{\"a\": 1},{\"b\":2}]",
            ),
            (
                parameter("object"),
                json!(["{", "[]", 1]),
                "[\"{\",\"[]\",1]",
            ),
            (parameter("string"), json!(["{}", "1"]), "[\"{}\",\"1\"]"),
            (parameter("integer"), json!(["1", 2]), "[\"1\",2]"),
            (listed, json!(["1", 2]), "[1,2]"),
            (array(parameter("object")), json!([["{}"], []]), "[[{}],[]]"),
        ] {
            let params = [array(items)];
            let found = dynamic_arguments(&params, &json!({ "p": given })).unwrap();
            assert_eq!(found[0].1, DynamicValue::Json(made.to_owned()), "{given}");
        }
    }

    #[test]
    fn every_kind_of_parameter_is_one_that_clients_take() {
        let kinds = [
            "string", "integer", "number", "boolean", "bytes", "object", "array",
        ];
        let kinds = kinds.map(Some).into_iter().chain([None]);
        for kind in kinds {
            let plain = Parameter {
                kind: kind.map(str::to_owned),
                description: "What it is".to_owned(),
                default: Some(json!(1)),
                example: Some(json!({ "a": [2] })),
                ..parameter("string")
            };
            let within = |items: Parameter| Parameter {
                items: Some(Box::new(items)),
                ..parameter("array")
            };
            let listed = Parameter {
                enumeration: vec!["1".to_owned(), "a".to_owned(), "1".to_owned()],
                ..plain.clone()
            };
            for parameter in [
                plain.clone(),
                listed.clone(),
                within(plain.clone()),
                within(within(listed)),
            ] {
                let schema = dynamic_schema(&[parameter]);
                let found = luminarys_schemas::check(&schema);
                assert!(found.is_empty(), "{schema}: {found:?}");
            }
        }
    }

    #[test]
    fn a_parameter_with_a_default_may_be_left_out() {
        let params = [Parameter {
            default: Some(json!(5)),
            ..parameter("integer")
        }];
        assert_eq!(
            dynamic_schema(&params),
            json!({
                "type": "object",
                "properties": { "p": {
                    "type": "integer",
                    "minimum": -9_007_199_254_740_991_i64,
                    "maximum": 9_007_199_254_740_991_i64,
                    "description": "Larger integers are given as a string of their decimal digits. Default: 5.",
                } },
                "additionalProperties": false,
            })
        );
        let made = dynamic_arguments(&params, &json!({})).unwrap();
        assert_eq!(made, [("p".to_owned(), DynamicValue::Integer(5))]);
    }

    #[test]
    fn numbers_keep_their_value_in_both_directions() {
        for (value, made) in [
            (json!("Infinity"), Some(f64::INFINITY)),
            (json!("1e3"), Some(1e3)),
            (json!("1e999"), None),
            (json!("inf"), None),
        ] {
            let found = dynamic_arguments(&[parameter("number")], &json!({ "p": value }));
            let found = found.ok().map(|mut found| found.remove(0).1);
            assert_eq!(found, made.map(DynamicValue::Float), "{value}");
        }
        for (value, json) in [
            (DynamicValue::Float(f64::NEG_INFINITY), json!("-Infinity")),
            (DynamicValue::Float(f64::NAN), json!("NaN")),
            (DynamicValue::Integer(1 << 53), json!(1_i64 << 53)),
            (
                DynamicValue::Integer(i64::MIN),
                json!("-9223372036854775808"),
            ),
            (DynamicValue::Bytes(vec![0, 255]), json!("AP8=")),
            (DynamicValue::Json("[1]".to_owned()), json!([1])),
            (DynamicValue::Json("[1".to_owned()), json!("[1")),
        ] {
            assert_eq!(dynamic_result(value), json);
        }
    }
}
