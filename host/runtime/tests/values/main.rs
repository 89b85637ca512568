//! Converts JSON to and from component values, through real components.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod argument;
mod bounds;
mod choices;
mod compact;
mod dynamic;
mod forms;
mod function;
mod shape;
mod table;
mod whole;

use argument::{Choices, allowed, arguments};
use function::{Function, engine, padded};
use luminarys_runtime::values::{Signature, ValueError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use shape::{Shape, shape};
use wasmtime::component::Val;

/// Returns a strategy for JSON that favours the forms of WIT types.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3i64..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-9e18..9e18f64).prop_map(|float| Value::from(float.trunc())),
        any::<String>().prop_map(Value::from),
        "-?\\+?[0-9]{0,22}".prop_map(Value::from),
        "[A-Za-z0-9+/]{0,8}={0,2}".prop_map(Value::from),
        (0usize..4).prop_map(|index| Value::from(shape::name(index))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = prop_oneof![
            any::<String>(),
            (0usize..4).prop_map(shape::name),
            (0usize..4).prop_map(|index| shape::name(index).replace('-', "_")),
            "some|ok|err",
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Replaces some part of `value` with `new`.
fn replace(value: &mut Value, place: &Index, new: &Value) {
    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Value::Object(entries) => 1 + entries.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }
    /// Replaces the part after `left` more parts. Returns whether it was found.
    fn put(value: &mut Value, left: &mut usize, new: &Value) -> bool {
        if *left == 0 {
            *value = new.clone();
            return true;
        }
        *left -= 1;
        match value {
            Value::Array(items) => items.iter_mut().any(|item| put(item, left, new)),
            Value::Object(entries) => entries.values_mut().any(|item| put(item, left, new)),
            _ => false,
        }
    }
    let mut left = place.index(count(value));
    put(value, &mut left, new);
}

type Case = (Shape, Vec<Val>, Vec<(Index, Value)>, Vec<u64>);

fn case() -> impl Strategy<Value = Case> {
    shape().prop_flat_map(|shape| {
        let values = vec(shape.value(), 1..8);
        let changes = vec((any::<Index>(), any_json()), 16);
        (Just(shape), values, changes, vec(any::<u64>(), 1..32))
    })
}

/// Returns whether the error is one that the schema cannot express.
fn is_excepted(error: &ValueError) -> bool {
    let error = error.to_string();
    error.contains("not base64") || error.contains("expected true, since the case has no payload")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_survive_json_and_the_guest((shape, values, changes, numbers) in case()) {
        let engine = engine().unwrap();
        let mut types = String::new();
        let name = shape.wit(&mut types);
        let mut identity = Function::identity(&engine, &types, &name).unwrap();
        let signature = Signature::new(&identity.ty()).unwrap();
        let (input, output) = (signature.input_schema(&[]), signature.output_schema().unwrap());
        for is_valid in [jsonschema::draft202012::meta::is_valid, jsonschema::draft7::meta::is_valid] {
            prop_assert!(is_valid(&input), "{}", input);
        }
        prop_assert!(jsonschema::draft202012::meta::is_valid(&output), "{}", output);
        let refused = luminarys_schemas::check(&input);
        prop_assert!(refused.is_empty(), "{}: {:?}", input, refused);
        let required = if matches!(shape, Shape::Option(_)) { Value::Null } else { json!(["x"]) };
        prop_assert_eq!(&input["required"], &required);
        let (schema, input) = (&input, jsonschema::draft202012::new(&input).unwrap());
        let output = jsonschema::draft202012::new(&output).unwrap();

        let mut bodies = Vec::new();
        for value in values {
            let returned = identity.call(&padded(value.clone())).unwrap();
            prop_assert_eq!(&returned, &Val::Tuple(vec![value.clone(), Val::Option(None)]));
            let json = signature.outcome([returned]).unwrap();
            prop_assert!(output.is_valid(&json), "{} does not fit its schema", json);
            // As for a client: serialised and parsed again.
            let json: Value = serde_json::from_str(&json.to_string()).unwrap();
            let body = json!({ "x": json[0] });
            prop_assert_eq!(signature.arguments(&body, u64::MAX), Ok(padded(value.clone())), "{}", body);
            bodies.push(body);
            if let Some(body) = arguments(&shape, &value) {
                prop_assert!(input.is_valid(&body), "{} does not fit {}", body, schema);
                let body: Value = serde_json::from_str(&body.to_string()).unwrap();
                prop_assert_eq!(signature.arguments(&body, u64::MAX), Ok(padded(value)), "{}", body);
                bodies.push(body);
            }
        }

        let mut choices = Choices::new(numbers);
        for _ in 0..16 {
            let body = allowed(schema, &mut choices);
            prop_assert!(input.is_valid(&body), "{} does not fit {}", body, schema);
            let made = signature.arguments(&body, u64::MAX);
            prop_assert!(made.is_ok(), "{}: {:?}", body, made);
            bodies.push(body);
        }

        for ((place, new), body) in changes.iter().zip(bodies.iter().cycle()) {
            let mut body = body.clone();
            replace(&mut body, place, new);
            prop_assert!(signature.arguments(&body, 64).is_err());
            match signature.arguments(&body, u64::MAX) {
                Ok(made) => {
                    // It is a value of the type: the guest accepts it, and its JSON converts to the same value.
                    let returned = identity.call(&made).unwrap();
                    let json = signature.outcome([returned]).unwrap();
                    let again = signature.arguments(&json!({ "x": json[0] }), u64::MAX).unwrap();
                    let again = Val::Tuple(vec![again[0].clone(), Val::Option(None)]);
                    prop_assert_eq!(&signature.outcome([again]).unwrap()[0], &json[0]);
                }
                Err(error) => {
                    prop_assert!(error.to_string().len() < 4_000, "{}", error);
                    let is_allowed = input.is_valid(&body) && !is_excepted(&error);
                    prop_assert!(!is_allowed, "{} fits {} and was refused: {}", body, schema, error);
                }
            }
        }
    }
}
