//! The input schema of each type, and the other forms that are accepted.

use luminarys_package::Parameter;
use luminarys_runtime::values::{Form, Signature};
use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::function::{Function, engine};

const TYPES: &str = "
    record point { x-axis: u8, label: option<string> }
    variant filter { all, some-of(list<string>), maybe(option<u8>) }
    variant level { low, high }
    enum colour { red, dark-blue }
    flags rights { read, write }";

fn signature(ty: &str) -> Signature {
    let function = Function::identity(&engine().unwrap(), TYPES, ty).unwrap();
    Signature::new(&function.ty()).unwrap()
}

/// Returns types, the schema of each as a parameter, and equivalent JSON.
fn table() -> Vec<(&'static str, Value, Vec<Value>)> {
    const SAFE: i64 = 9_007_199_254_740_991;
    let large = "Larger integers are given as a string of their decimal digits.";
    let only = |properties: Value, required: Value| {
        json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        })
    };
    let choice = |properties: Value| {
        json!({
            "type": "object", "properties": properties, "additionalProperties": false,
            "minProperties": 1, "maxProperties": 1, "description": "Exactly one of the properties.",
        })
    };
    let byte = json!({ "type": "integer", "minimum": 0, "maximum": 255 });
    let text = json!({ "type": "string" });
    let truth = json!({ "type": "boolean" });
    let none = json!({ "type": "boolean", "description": "Always true." });
    let nullable =
        json!({ "type": "integer", "minimum": 0, "maximum": 255, "description": "May be null." });
    let point = json!({
        "type": "object",
        "properties": { "x_axis": byte, "label": text },
        "required": ["x_axis"],
        "additionalProperties": false,
    });
    vec![
        ("bool", truth.clone(), vec![json!(true)]),
        ("u8", byte.clone(), vec![json!(3), json!(3.0)]),
        (
            "s32",
            json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
            vec![json!(-3)],
        ),
        (
            "s64",
            json!({ "type": "integer", "minimum": -SAFE, "maximum": SAFE, "description": large }),
            vec![json!(-(1_i64 << 60)), json!("-1152921504606846976")],
        ),
        (
            "u64",
            json!({ "type": "integer", "minimum": 0, "maximum": SAFE, "description": large }),
            vec![json!(u64::MAX), json!("18446744073709551615")],
        ),
        (
            "f32",
            json!({ "type": "number", "minimum": -3.4e38, "maximum": 3.4e38 }),
            vec![json!(1), json!(1.0)],
        ),
        ("f64", json!({ "type": "number" }), vec![json!("NaN")]),
        (
            "char",
            json!({ "type": "string", "minLength": 1, "maxLength": 1, "description": "One character." }),
            vec![json!("é")],
        ),
        ("string", text.clone(), vec![json!("")]),
        (
            "list<u8>",
            json!({ "type": "string", "description": "Bytes, encoded as base64." }),
            vec![json!("AP8=")],
        ),
        (
            "list<string>",
            json!({ "type": "array", "items": text }),
            vec![json!(["a"])],
        ),
        (
            "list<u8, 2>",
            json!({ "type": "array", "items": byte, "minItems": 2, "maxItems": 2 }),
            vec![json!([1, 2])],
        ),
        (
            "list<option<u8>>",
            json!({ "type": "array", "items": nullable }),
            vec![json!([1, null])],
        ),
        (
            "tuple<u8, u8>",
            json!({ "type": "array", "items": byte, "minItems": 2, "maxItems": 2 }),
            vec![json!([1, 2]), json!({ "_0": 1, "_1": 2 })],
        ),
        (
            "tuple<string, option<u8>>",
            json!({
                "type": "object", "properties": { "_0": text, "_1": byte }, "required": ["_0"],
                "additionalProperties": false, "description": "A tuple: its items by their position.",
            }),
            vec![
                json!({ "_0": "a" }),
                json!({ "_0": "a", "_1": null }),
                json!(["a", null]),
            ],
        ),
        (
            "map<string, option<u8>>",
            json!({ "type": "array", "items": only(json!({ "key": text, "value": byte }), json!(["key"])) }),
            vec![
                json!([{ "key": "a" }]),
                json!([["a", null]]),
                json!({ "a": null }),
            ],
        ),
        (
            "map<u8, bool>",
            json!({
                "type": "array",
                "items": only(json!({ "key": byte, "value": truth }), json!(["key", "value"])),
            }),
            vec![json!([{ "value": true, "key": 1 }]), json!([[1, true]])],
        ),
        (
            "point",
            point.clone(),
            vec![
                json!({ "x_axis": 1 }),
                json!({ "label": null, "x_axis": 1 }),
            ],
        ),
        (
            "filter",
            choice(json!({
                "all": none, "some-of": { "type": "array", "items": text }, "maybe": nullable,
            })),
            vec![
                json!({ "all": true }),
                json!("all"),
                json!({ "all": null }),
                json!({ "all": {} }),
                json!({ "all": true, "some-of": null, "maybe": null }),
            ],
        ),
        (
            "filter",
            choice(json!({
                "all": none, "some-of": { "type": "array", "items": text }, "maybe": nullable,
            })),
            vec![
                json!({ "some-of": [] }),
                json!({ "some-of": [], "all": false, "maybe": null }),
            ],
        ),
        (
            "level",
            json!({ "type": "string", "enum": ["low", "high"] }),
            vec![json!("high"), json!({ "high": true })],
        ),
        (
            "colour",
            json!({ "type": "string", "enum": ["red", "dark-blue"] }),
            vec![json!("dark-blue")],
        ),
        (
            "rights",
            json!({ "type": "array", "items": { "type": "string", "enum": ["read", "write"] } }),
            vec![json!(["read"]), json!(["read", "read"])],
        ),
        ("option<u8>", byte.clone(), vec![json!(1)]),
        (
            "option<option<bool>>",
            json!({
                "type": "object", "properties": { "some": truth }, "additionalProperties": false,
                "description": "Give an empty object for a value that is itself none.",
            }),
            vec![json!({}), json!({ "some": null })],
        ),
        (
            "list<result<u8, string>>",
            json!({ "type": "array", "items": choice(json!({ "ok": byte, "err": text })) }),
            vec![json!([{ "ok": 1 }]), json!([{ "ok": 1, "err": null }])],
        ),
        (
            "list<result<_, string>>",
            json!({ "type": "array", "items": choice(json!({ "ok": none, "err": text })) }),
            vec![
                json!([{ "ok": true }]),
                json!([{ "ok": null }]),
                json!(["ok"]),
                json!([{ "ok": true, "err": null }]),
            ],
        ),
        (
            "list<result>",
            json!({ "type": "array", "items": { "type": "string", "enum": ["ok", "err"] } }),
            vec![
                json!(["err"]),
                json!([{ "err": null }]),
                json!([{ "err": true }]),
            ],
        ),
    ]
}

#[test]
fn each_type_has_a_schema_for_clients_and_accepts_its_other_forms() {
    each_row(table(), |(ty, schema, same)| {
        let signature = signature(ty);
        let input = signature.input_schema(&[]);
        assert_eq!(input["properties"]["x"], schema, "{ty}");
        let found = luminarys_schemas::check(&input);
        assert!(found.is_empty(), "{ty}: {found:?}");
        let made = same.iter().map(|json| {
            let made = signature.arguments(&json!({ "x": json }), 1 << 20);
            made.unwrap_or_else(|error| panic!("{ty} {json}: {error}"))
        });
        let made: Vec<_> = made.collect();
        assert!(made.iter().all(|one| *one == made[0]), "{ty}: {made:?}");
    });
}

#[test]
fn the_descriptors_documentation_is_in_the_description() {
    let doc = |description: &str| Parameter {
        name: "x".to_owned(),
        description: description.to_owned(),
        ..Parameter::default()
    };
    let listed = |texts: &[&str]| Parameter {
        enumeration: texts.iter().map(|&text| text.to_owned()).collect(),
        ..doc("Which")
    };
    let rows = [
        (
            "list<u8>",
            doc("The image"),
            json!({ "type": "string", "description": "The image. Bytes, encoded as base64." }),
        ),
        (
            "string",
            Parameter {
                default: Some(json!("a")),
                example: Some(json!("b")),
                ..doc("A name?")
            },
            json!({ "type": "string", "description": "A name? Default: \"a\". Example: \"b\"." }),
        ),
        (
            "option<string>",
            listed(&["a", "b", "a"]),
            json!({ "type": "string", "enum": ["a", "b"], "description": "Which" }),
        ),
        (
            "string",
            listed(&["a", ""]),
            json!({ "type": "string", "description": "Which. One of \"a\", \"\"." }),
        ),
        // A list of strings does not apply to other types.
        (
            "bool",
            listed(&["a"]),
            json!({ "type": "boolean", "description": "Which" }),
        ),
    ];
    each_row(rows, |(ty, doc, property)| {
        let docs = [doc];
        let input = signature(ty).restricted(&docs).input_schema(&docs);
        assert_eq!(input["properties"]["x"], property, "{ty}");
        let found = luminarys_schemas::check(&input);
        assert!(found.is_empty(), "{ty}: {found:?}");
    });
}

#[test]
fn parameters_are_text_bytes_or_json() {
    let rows = [
        ("string", Form::Text),
        ("option<string>", Form::Text),
        ("char", Form::Text),
        ("colour", Form::Text),
        ("list<u8>", Form::Bytes),
        ("option<list<u8>>", Form::Bytes),
        ("u64", Form::Json { names: vec![] }),
        ("option<option<string>>", Form::Json { names: vec![] }),
        ("list<string>", Form::Json { names: vec![] }),
        (
            "filter",
            Form::Json {
                names: vec!["all".to_owned()],
            },
        ),
    ];
    each_row(rows, |(ty, form)| {
        let forms = signature(ty).forms();
        let found = forms.iter().find(|known| known.name == "x").unwrap();
        assert_eq!(found.form, form, "{ty}");
    });
}
