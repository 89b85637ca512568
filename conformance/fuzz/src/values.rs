//! JSON for a typed method: what fits its types passes through a component and comes back as the same arguments.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../../host/runtime/tests/values/function.rs"]
mod function;

use std::cell::RefCell;

use function::{Function, engine};
use luminarys_runtime::values::{DynamicValue, Signature, dynamic_arguments};
use serde_json::{Value, json};

const TYPES: &str = "
    enum kind { one, two }
    flags marks { red, green, blue }
    record point { x: s32, y-offset: option<f64>, tags: list<string> }
    variant shape { nothing, dot(point), many(list<point>), text(string), number(s64) }
    record whole {
        a: option<bool>, b: option<u8>, c: option<u64>, d: option<char>, e: option<list<u8>>, f: option<kind>,
        g: option<marks>, h: option<shape>, i: option<result<u32, string>>, j: option<tuple<f32, s16>>,
        k: option<map<string, u32>>, l: option<map<s64, shape>>, m: option<option<u32>>, n: option<list<u16, 3>>,
    }";
/// What arguments may become, in bytes.
const LIMIT: u64 = 1 << 20;
/// The component's memory is never freed: a new one after so many calls.
const CALLS: usize = 500;

thread_local! {
    static FUNCTION: RefCell<Option<(Function, usize)>> = const { RefCell::new(None) };
}

/// Passes JSON through a component.
pub fn check(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let parameters = json!([
        {"name": "x", "type": "integer", "required": true},
        {"name": "y", "type": "bytes"},
        {"name": "o", "type": "object"},
        {"name": "l", "type": "array", "items": {"name": "", "type": "array", "items": {"name": "", "type": "object"}}},
        {"name": "e", "type": "array", "items": {"name": "", "type": "number", "enum": ["1", "2"]}},
    ]);
    let parameters: Vec<_> = serde_json::from_value(parameters).unwrap();
    for (name, made) in dynamic_arguments(&parameters, &value).unwrap_or_default() {
        if let DynamicValue::Json(text) = made {
            let parsed = serde_json::from_str::<Value>(&text);
            assert!(parsed.is_ok(), "{name}: {text}");
        }
    }
    FUNCTION.with_borrow_mut(|kept| {
        let spent = kept.as_ref().is_none_or(|(_, calls)| *calls == CALLS);
        if spent {
            *kept = Some((
                Function::identity(&engine().unwrap(), TYPES, "whole").unwrap(),
                0,
            ));
        }
        let Some((function, calls)) = kept else {
            return;
        };
        let signature = Signature::new(&function.ty()).unwrap();
        let Ok(values) = signature.arguments(&json!({"x": value}), LIMIT) else {
            return;
        };
        *calls += 1;
        let returned = function.call(&values).unwrap();
        let Ok(Value::Array(returned)) = signature.outcome([returned]) else {
            panic!("{value} became nothing");
        };
        let again = signature.arguments(&json!({"x": returned[0]}), LIMIT);
        // By text: NaN is not equal to itself.
        assert_eq!(
            format!("{again:?}"),
            format!("{:?}", Ok::<_, ()>(values)),
            "{value}"
        );
    });
}
