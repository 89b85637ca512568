use super::*;
use luminarys_testing::each_row;
use serde_json::{Value, json};

#[test]
fn ids() {
    let rows = [
        ("ai.luminarys.echo", true),
        ("ai.luminarys.rust.my-skill2", true),
        ("echo-skill", false),
        ("a.b", false),
        ("a..b", false),
        ("a.-b.c", false),
        ("a.b-.c", false),
        ("A.b.c", false),
        ("a.b.c_d", false),
        ("", false),
    ];
    each_row(rows, |(id, valid)| {
        assert_eq!(is_id(id), valid, "{id}");
    });
    assert!(is_id(&format!("a.b.{}", "c".repeat(MAX_ID - 4))));
    assert!(!is_id(&format!("a.b.{}", "c".repeat(MAX_ID - 3))));
}

fn good() -> Value {
    json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0", "abi": "dynamic", "language": "go",
        "methods": [{ "name": "m", "result": "r", "title": "t", "hints": ["read-only"], "params": [{ "name": "p", "type": "array",
            "items": { "name": "", "type": "string" }, "enum": ["a"] }] }],
        "requirements": [{ "kind": "fs", "pattern": "/data/**", "mode": "rw" }] })
}

#[test]
fn invalid_descriptors_are_rejected_with_the_reason() {
    assert!(Descriptor::from_json(good().to_string().as_bytes()).is_ok());
    let many = json!(vec![json!({ "name": "m" }); MAX_METHODS + 1]);
    let wide = json!(vec![json!({ "name": "p" }); MAX_PARAMETERS + 1]);
    let rows = [
        ("/version", json!(2), "version"),
        ("/id", json!("a.b"), "a.b"),
        ("/skill_version", json!("1.0"), "version"),
        ("/name", json!("\u{1b}[2J"), "name: the character U+001B"),
        ("/name", json!("two\nlines"), "name: the character U+000A"),
        ("/language", json!("\u{202e}og"), "language"),
        ("/abi", json!("other"), "other"),
        ("/methods/0/name", json!("Up"), "Up"),
        ("/methods/0/result", json!("\u{7}"), "m: result"),
        ("/methods/0/params/0/name", json!("a-b"), "a-b"),
        ("/methods/0/params/0/type", json!("text"), "text"),
        ("/methods/0/params/0/items/type", json!("text"), "text"),
        ("/methods/0/params/0/enum/0", json!("\n"), "enum"),
        (
            "/methods",
            json!([{ "name": "m" }, { "name": "m" }]),
            "repeated",
        ),
        ("/methods", many, "methods: 1001"),
        ("/methods/0/params", wide, "parameters: 201"),
        ("/methods/0/title", json!(" "), "m: title"),
        ("/methods/0/title", json!("a\nb"), "m: title"),
        ("/methods/0/hints", json!(["readonly"]), "readonly"),
        (
            "/methods/0/hints",
            json!(["read-only", "destructive"]),
            "m: the hints read-only and destructive contradict",
        ),
        ("/requirements/0/kind", json!("F S"), "F S"),
        ("/requirements/0/pattern", json!("/a\n/b"), "requirement fs"),
        ("/requirements/0/mode", json!("wo"), "wo"),
        ("/name", json!("x".repeat(MAX_LINE + 1)), "name: 4097 bytes"),
    ];
    each_row(rows, |(pointer, value, part)| {
        let mut wrong = good();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let error = Descriptor::from_json(wrong.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(part), "{pointer}: {error}");
    });
}

#[test]
fn every_text_is_visible() {
    let rows = [
        ("/name", "name"),
        ("/description", "description"),
        ("/language", "language"),
        ("/sdk", "sdk"),
        ("/methods/0/export", "m: export"),
        ("/methods/0/description", "m: description"),
        ("/methods/0/result", "m: result"),
        ("/methods/0/params/0/description", "m: p: description"),
        ("/methods/0/params/0/enum/0", "m: p: enum"),
        ("/methods/0/params/0/default", "m: p: default"),
        ("/methods/0/params/0/example/deep/0/key", "m: p: example"),
        ("/methods/0/params/0/items/description", "m: p: description"),
        ("/methods/0/params/0/items/default", "m: p: default"),
        ("/requirements/0/pattern", "requirement fs"),
    ];
    each_row(rows, |(pointer, place)| {
        for hidden in [
            "\u{202e}",
            "\u{200b}",
            "\u{e0041}",
            "\u{85}",
            "\u{2028}",
            "\u{378}",
        ] {
            let mut changed = texts();
            *changed.pointer_mut(pointer).unwrap() = json!(format!("a{hidden}"));
            let error = Descriptor::from_json(changed.to_string().as_bytes()).unwrap_err();
            let code = format!("U+{:04X}", u32::from(hidden.chars().next().unwrap()));
            let expected = format!("{place}: the character {code}");
            assert!(error.to_string().contains(&expected), "{pointer}: {error}");
        }
    });
    // Those, and all other strings: none is omitted.
    for pointer in strings("", &texts()) {
        let mut changed = texts();
        let text = changed.pointer_mut(&pointer).unwrap();
        *text = json!(format!("{}\u{202e}", text.as_str().unwrap()));
        let read = Descriptor::from_json(changed.to_string().as_bytes());
        assert!(read.is_err(), "{pointer}");
    }
    let mut key = texts();
    key["methods"][0]["params"][0]["example"] = json!({ "a\u{200b}": 1 });
    assert!(Descriptor::from_json(key.to_string().as_bytes()).is_err());
    let mut breaks = texts();
    breaks["methods"][0]["params"][0]["default"] = json!("\r\n\t");
    assert!(Descriptor::from_json(breaks.to_string().as_bytes()).is_ok());
}

/// Returns the pointers of all strings in `value`, which is at `pointer`.
fn strings(pointer: &str, value: &Value) -> Vec<String> {
    let beneath = |(key, value): (String, &Value)| strings(&format!("{pointer}/{key}"), value);
    match value {
        Value::String(_) => vec![pointer.to_owned()],
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(at, item)| (at.to_string(), item))
                .flat_map(beneath)
                .collect()
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, entry)| (key.clone(), entry));
            entries.flat_map(beneath).collect()
        }
        _ => Vec::new(),
    }
}

/// A descriptor with every optional string.
fn texts() -> Value {
    let mut all = good();
    let rows = [
        ("", "description", json!("می‌خواهم 👩‍💻\n\tmore")),
        ("", "sdk", json!("s")),
        ("/methods/0", "export", json!("m")),
        ("/methods/0", "description", json!("d")),
        ("/methods/0/params/0", "description", json!("d")),
        ("/methods/0/params/0", "default", json!("d")),
        (
            "/methods/0/params/0",
            "example",
            json!({ "deep": [{ "key": "d" }] }),
        ),
        ("/methods/0/params/0/items", "description", json!("d")),
        ("/methods/0/params/0/items", "default", json!("d")),
    ];
    each_row(rows, |(pointer, key, text)| {
        all.pointer_mut(pointer).unwrap()[key] = text;
    });
    all
}

#[test]
fn long_and_deep_descriptors_are_rejected() {
    let long = format!("{}{}", good(), " ".repeat(MAX_BYTES));
    let error = Descriptor::from_json(long.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("at most"), "{error}");
    let deep = "[".repeat(100_000);
    assert!(Descriptor::from_json(deep.as_bytes()).is_err());
}
