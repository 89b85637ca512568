use super::*;
use crate::check;
use luminarys_testing::each_row;
use serde_json::json;

/// Returns a schema with one property.
fn of(property: Value) -> Value {
    json!({ "type": "object", "properties": { "p": property } })
}

#[test]
fn schemas_that_all_clients_accept_pass() {
    let rows = [
        json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        of(json!({ "type": "string", "description": "A text.", "enum": ["a", "b"] })),
        of(json!({ "type": "string", "minLength": 1, "maxLength": 1 })),
        of(json!({ "type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER })),
        of(json!({ "type": "number", "minimum": -3.4e38, "maximum": 3.4e38 })),
        of(
            json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 2, "maxItems": 2 }),
        ),
        of(json!({
            "type": "object",
            "properties": { "some-of": { "type": "string" }, "0": { "type": "string" }, "_0": { "type": "number" } },
            "required": ["_0"],
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })),
    ];
    each_row(rows, |schema| {
        let found: Vec<_> = check(&schema).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{schema}: {found:?}");
    });
}

#[test]
fn each_rule_finds_its_violation() {
    let long = "n".repeat(65);
    let broken: Vec<(&str, Vec<Value>)> = vec![
        ("an object at the top level", vec![json!({ "type": "string" }), json!({}), json!(true)]),
        (
            "no choice at the top level",
            vec![json!({ "type": "object", "properties": {}, "oneOf": [{ "required": [] }] })],
        ),
        (
            "property names",
            ["", "a b", "é", "a[]", "$top", &long]
                .map(|name| json!({ "type": "object", "properties": { name: { "type": "string" } } }))
                .into(),
        ),
        (
            "integers that fit",
            vec![
                of(json!({ "type": "integer", "maximum": i64::MAX })),
                of(json!({ "type": "integer", "minimum": i64::MIN })),
                of(json!({ "type": "integer", "maximum": u64::MAX })),
                of(json!({ "type": "integer", "maximum": "7" })),
            ],
        ),
        (
            "exactly one type",
            vec![
                of(json!({})),
                of(json!({ "type": ["string", "null"] })),
                of(json!({ "type": "null" })),
                of(json!(true)),
                of(json!({ "type": "array", "items": { "description": "Anything." } })),
            ],
        ),
        (
            "no choice of types",
            vec![of(json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }))],
        ),
        (
            "`items` in every array",
            vec![
                of(json!({ "type": "array" })),
                of(json!({ "type": "array", "items": [{ "type": "string" }] })),
                of(json!({ "type": "array", "prefixItems": [{ "type": "string" }] })),
                of(json!({ "type": "array", "items": true })),
            ],
        ),
        ("without references", vec![of(json!({ "$ref": "#/$defs/a" }))]),
        (
            "`enum` in strings alone",
            vec![
                of(json!({ "type": "integer", "enum": [1, 2] })),
                of(json!({ "type": "array", "items": { "type": "string" }, "enum": ["a"] })),
            ],
        ),
        (
            "`properties` in every object",
            vec![json!({ "type": "object" }), of(json!({ "type": "object" }))],
        ),
        (
            "parameter names that begin with",
            ["0", "-a", ".a", ""]
                .map(
                    |name| json!({ "type": "object", "properties": { name: { "type": "string" } } }),
                )
                .into(),
        ),
        (
            "one property in every nested object",
            vec![of(json!({ "type": "object", "properties": {} }))],
        ),
        (
            "non-empty strings",
            vec![
                of(json!({ "type": "string", "enum": [] })),
                of(json!({ "type": "string", "enum": ["a", ""] })),
                of(json!({ "type": "string", "enum": ["a", "a"] })),
                of(json!({ "type": "string", "enum": ["a", 1] })),
            ],
        ),
        (
            "every required property",
            vec![json!({ "type": "object", "properties": {}, "required": ["a"] })],
        ),
        (
            "no unknown keywords",
            ["const", "default", "examples", "format", "pattern", "uniqueItems", "$schema", "contentEncoding"]
                .map(|key| of(json!({ "type": "string", key: "a" })))
                .into(),
        ),
        (
            "`additionalProperties` to be absent",
            vec![of(json!({
                "type": "object",
                "properties": { "a": { "type": "string" } },
                "additionalProperties": { "type": "string" },
            }))],
        ),
    ];
    for rule in RULES {
        let of_rule = |(needs, _): &&(&str, Vec<Value>)| rule.needs.contains(needs);
        let (_, schemas) = broken.iter().find(of_rule).unwrap();
        for schema in schemas {
            let found = check(schema);
            let is_found = found
                .iter()
                .any(|violation| std::ptr::eq(violation.rule, rule));
            assert!(is_found, "{}: {schema}: {found:?}", rule.needs);
        }
    }
    assert_eq!(RULES.len(), broken.len());
}

#[test]
fn a_violation_names_the_place_the_client_and_the_reason() {
    let schema = of(json!({ "type": "array", "items": { "type": "array" } }));
    let found: Vec<_> = check(&schema).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "p.items is an array without one schema for its items; Copilot needs `items` in every array \
             (https://github.com/microsoft/vscode-copilot-release/issues/9514)"
        ]
    );
}
