//! Whole signatures: arguments, outcomes, limits, and types without JSON.

use luminarys_package::Parameter;
use luminarys_runtime::values::{Signature, wrap_result, wrap_schema};
use luminarys_testing::each_row;
use serde_json::{Value, json};
use wasmtime::component::Val;

use crate::function::{Function, engine, padded};
use crate::table::{case, text};

#[test]
fn arguments_as_a_whole() {
    let engine = engine().unwrap();
    let signature =
        |ty: &str| Signature::new(&Function::identity(&engine, "", ty).unwrap().ty()).unwrap();
    let optional = signature("option<u8>");
    assert_eq!(
        optional.arguments(&Value::Null, 1 << 12),
        Ok(padded(Val::Option(None)))
    );
    let required = signature("u8");
    let rows = [
        (json!(null), "missing required parameter: x"),
        (json!({}), "missing required parameter: x"),
        (json!([]), "expected an object, got []"),
        (
            json!({ "x": 1, "pading0": 1 }),
            "unknown parameter \"pading0\"; did you mean \"padding0\"?",
        ),
    ];
    each_row(rows, |(arguments, part)| {
        let error = required
            .arguments(&arguments, 1 << 12)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    });
    let huge = json!({ "a".repeat(1 << 20): "b".repeat(1 << 20) });
    let rows = [
        huge.clone(),
        json!({ "x": huge }),
        json!({ "x": "b".repeat(1 << 20) }),
    ];
    each_row(rows, |arguments| {
        assert!(
            required
                .arguments(&arguments, u64::MAX)
                .unwrap_err()
                .to_string()
                .len()
                < 1_000
        );
    });

    let docs = [Parameter {
        name: "x".to_owned(),
        description: "How many.".to_owned(),
        default: Some(json!(3)),
        example: Some(json!(4)),
        ..Parameter::default()
    }];
    assert_eq!(
        required.input_schema(&docs)["properties"]["x"],
        json!({ "type": "integer", "minimum": 0, "maximum": 255, "description": "How many. Default: 3. Example: 4." })
    );
}

#[test]
fn few_bytes_of_json_cannot_fill_the_host() {
    let engine = engine().unwrap();
    let fields: Vec<_> = (0..100)
        .map(|index| format!("field-number{index}: option<u64>"))
        .collect();
    let types = format!("record wide {{ {} }}", fields.join(", "));
    let identity = Function::identity(&engine, &types, "list<wide>").unwrap();
    let signature = Signature::new(&identity.ty()).unwrap();
    let body = |count| json!({ "x": vec![json!({}); count] });
    assert!(signature.arguments(&body(1), 16 << 10).is_ok());
    let error = signature.arguments(&body(1_000), 1 << 20).unwrap_err();
    assert!(
        error.to_string().contains("runtime.max_host_bytes"),
        "{error}"
    );
}

#[test]
fn outcomes() {
    let engine = engine().unwrap();
    let signature = |types: &str, result: &str| {
        Signature::new(&Function::new(&engine, types, "u8", result).unwrap().ty()).unwrap()
    };
    let failed = |value| [Val::Result(Err(Some(Box::new(value))))];

    let plain = signature("", "result<u8, string>");
    assert_eq!(
        plain.output_schema(),
        Some(json!({ "type": "integer", "minimum": 0, "maximum": 255 }))
    );
    assert_eq!(
        plain.outcome([Val::Result(Ok(Some(Box::new(Val::U8(7)))))]),
        Ok(json!(7))
    );
    let error = plain.outcome(failed(text("no such line"))).unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.value),
        ("no such line", None)
    );

    let bare = signature("", "result");
    assert_eq!(bare.output_schema(), None);
    assert_eq!(bare.outcome([Val::Result(Ok(None))]), Ok(Value::Null));
    assert!(
        bare.outcome([Val::Result(Err(None))])
            .unwrap_err()
            .message
            .contains("without a text")
    );
    let maybe = signature("", "result<_, option<string>>");
    assert!(
        maybe
            .outcome(failed(Val::Option(None)))
            .unwrap_err()
            .message
            .contains("without a text")
    );

    let types = "record denial { capability: string, target: string, rule: string }
        variant error { denied(denial), io(string), gone, code(u64) }";
    let typed = signature(types, "result<_, error>");
    let field = |name: &str, value| (name.to_owned(), text(value));
    let denial = Val::Record(vec![
        field("capability", "filesystem"),
        field("target", "/etc/passwd"),
        field("rule", "permissions.fs.dirs: [\"/etc:ro\"]"),
    ]);
    let denied =
        "denied: /etc/passwd; to allow it, add to the manifest: permissions.fs.dirs: [\"/etc:ro\"]";
    let rows = [
        (case("denied", Some(denial)), denied),
        (case("io", Some(text("disk full"))), "io: disk full"),
        (case("gone", None), "gone"),
        (case("code", Some(Val::U64(7))), "{\"code\":7}"),
    ];
    each_row(rows, |(value, message)| {
        assert_eq!(typed.outcome(failed(value)).unwrap_err().message, message);
    });
}

#[test]
fn results_are_wrapped_for_clients_that_require_objects() {
    let schema = json!({ "type": "integer" });
    let wrapped = wrap_schema(schema.clone());
    assert!(jsonschema::draft202012::is_valid(
        &wrapped,
        &wrap_result(&schema, json!(1))
    ));
    assert!(!jsonschema::draft202012::is_valid(&wrapped, &json!(1)));
    let object = json!({ "type": "object" });
    assert_eq!(wrap_schema(object.clone()), object);
    assert_eq!(wrap_result(&object, json!({ "a": 1 })), json!({ "a": 1 }));
}

#[test]
fn types_without_json_are_named() {
    let engine = engine().unwrap();
    let reason = |types: &str, parameter: &str, result: &str| {
        let function = Function::new(&engine, types, parameter, result).unwrap();
        Signature::new(&function.ty())
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    let resource = "the parameter x is a resource, which JSON cannot carry";
    assert_eq!(reason("resource thing;", "list<thing>", "string"), resource);
    assert_eq!(
        reason("resource thing;", "borrow<thing>", "string"),
        resource
    );
    assert_eq!(
        reason("", "stream<u8>", "string"),
        "the parameter x is a stream, which JSON cannot carry"
    );
    assert_eq!(
        reason("", "u8", "tuple<u8, future<u8>>"),
        "the result is a future, which JSON cannot carry"
    );
    let deep = format!("{}u8{}", "list<".repeat(30), ">".repeat(30));
    assert!(reason("", &deep, "string").contains("nested very deeply"));
}
