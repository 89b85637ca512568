//! Parameters of dynamic skills, of every type that a descriptor can declare.

use luminarys_package::Parameter;
use luminarys_runtime::values::{DynamicValue, dynamic_arguments, dynamic_schema};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::argument::{Choices, allowed};

const KINDS: [&str; 7] = [
    "string", "integer", "number", "boolean", "bytes", "object", "array",
];
/// At least one is valid for each type.
const LISTED: [&str; 8] = ["a", "1", "-2.5", "true", "AA==", "{}", "[1]", "é"];

fn parameter() -> impl Strategy<Value = Parameter> {
    let kind = proptest::option::weighted(0.9, select(&KINDS[..]));
    let one = (
        kind,
        any::<bool>(),
        proptest::option::weighted(0.3, Just(&LISTED[..])),
    );
    let leaf = one.prop_map(|(kind, required, listed)| Parameter {
        kind: kind.map(str::to_owned),
        description: "What it is".to_owned(),
        required,
        enumeration: listed
            .unwrap_or_default()
            .iter()
            .map(|&text| text.to_owned())
            .collect(),
        ..Parameter::default()
    });
    leaf.prop_recursive(3, 6, 1, |inner| {
        inner.prop_map(|items| Parameter {
            kind: Some("array".to_owned()),
            items: Some(Box::new(items)),
            required: true,
            ..Parameter::default()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_that_the_schema_allows_is_accepted(
        mut parameters in vec(parameter(), 0..5),
        numbers in vec(any::<u64>(), 1..32),
        left_out in subsequence((0usize..5).collect::<Vec<_>>(), 0..5),
    ) {
        for (index, parameter) in parameters.iter_mut().enumerate() {
            parameter.name = format!("p{index}");
        }
        let schema = dynamic_schema(&parameters);
        let refused = luminarys_schemas::check(&schema);
        prop_assert!(refused.is_empty(), "{}: {:?}", schema, refused);
        let valid = jsonschema::draft202012::new(&schema).unwrap();
        let mut choices = Choices::new(numbers);
        for _ in 0..8 {
            let mut body = allowed(&schema, &mut choices);
            for (index, parameter) in parameters.iter().enumerate() {
                // As clients write omitted parameters.
                if left_out.contains(&index) && !parameter.required {
                    body[&parameter.name] = Value::Null;
                }
            }
            let made = dynamic_arguments(&parameters, &body);
            prop_assert!(made.is_ok(), "{} {}: {:?}", schema, body, made);
            for (name, value) in made.unwrap() {
                prop_assert!(!body[&name].is_null(), "{} was made up", name);
                if let DynamicValue::Json(text) = value {
                    prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
                }
            }
            body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            prop_assert!(valid.is_valid(&body), "{} does not fit {}", body, schema);
        }
    }
}

#[test]
fn values_of_another_type_are_not_listed() {
    let listed = |kind: &str| {
        let parameter = Parameter {
            name: "p".to_owned(),
            kind: Some(kind.to_owned()),
            enumeration: LISTED.map(str::to_owned).into(),
            ..Parameter::default()
        };
        dynamic_schema(&[parameter])["properties"]["p"]["enum"].clone()
    };
    assert_eq!(listed("string"), json!(LISTED));
    assert_eq!(listed("integer"), json!(["1"]));
    assert_eq!(listed("number"), json!(["1", "-2.5"]));
    assert_eq!(listed("boolean"), json!(["true"]));
    assert_eq!(listed("object"), json!(["{}"]));
    assert_eq!(listed("array"), json!(["[1]"]));
}
