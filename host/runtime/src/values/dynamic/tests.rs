use luminarys_package::Parameter;
use luminarys_testing::each_row;
use serde_json::{Value, json};

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
    let rows = [
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
    ];
    each_row(rows, |(kind, value, made)| {
        let found = dynamic_arguments(&[parameter(kind)], &json!({ "p": value }));
        assert_eq!(
            found.ok().map(|mut found| found.remove(0).1),
            made,
            "{kind} {value}"
        );
    });
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
    let rows = [
        (json!(1), true),
        (json!("2"), true),
        (json!(3), false),
        (json!([1]), false),
    ];
    each_row(rows, |(value, taken)| {
        assert_eq!(
            dynamic_arguments(&integers, &json!({ "p": value })).is_ok(),
            taken,
            "{value}"
        );
    });
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
fn array_items_have_the_declared_type() {
    let array = |items: Parameter| Parameter {
        items: Some(Box::new(items)),
        ..parameter("array")
    };
    let listed = Parameter {
        enumeration: vec!["1".to_owned(), "2".to_owned()],
        ..parameter("integer")
    };
    let rows = [
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
    ];
    each_row(rows, |(items, given, made)| {
        let params = [array(items)];
        let found = dynamic_arguments(&params, &json!({ "p": given })).unwrap();
        assert_eq!(found[0].1, DynamicValue::Json(made.to_owned()), "{given}");
    });
}

#[test]
fn every_kind_of_parameter_is_accepted_by_clients() {
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
            enumeration: ["1", "a", "1", "{}", "[]", "true"]
                .map(str::to_owned)
                .into(),
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
    let rows = [
        (json!("Infinity"), Some(f64::INFINITY)),
        (json!("1e3"), Some(1e3)),
        (json!("1e999"), None),
        (json!("inf"), None),
    ];
    each_row(rows, |(value, made)| {
        let found = dynamic_arguments(&[parameter("number")], &json!({ "p": value }));
        let found = found.ok().map(|mut found| found.remove(0).1);
        assert_eq!(found, made.map(DynamicValue::Float), "{value}");
    });
    let rows = [
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
    ];
    each_row(rows, |(value, json)| {
        assert_eq!(dynamic_result(value), json);
    });
}

#[test]
fn json_passed_as_text_nests_as_deeply_as_a_message() {
    let nested = |depth: usize, inner: &str| {
        let text = format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
        let found = dynamic_arguments(&[parameter("array")], &json!({ "p": text }));
        found.is_ok()
    };
    let rows = [
        (64, "", true),
        (65, "", false),
        (63, "{}", true),
        (64, "{}", false),
        (64, "\"[{\\\"[\"", true),
        (1_000_000, "", false),
    ];
    each_row(rows, |(depth, inner, taken)| {
        assert_eq!(nested(depth, inner), taken, "{depth} {inner}");
    });
}
