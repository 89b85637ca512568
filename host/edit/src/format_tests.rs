use luminarys_testing::each_row;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn server() -> Value {
    json!({ "command": "/bin/l", "args": ["serve", "--config", "/a b/c.yaml"] })
}

/// Calls `set` for `a.new`, or for `path`.
fn set(format: Format, text: &str, path: &[&str]) -> Result<String, String> {
    format
        .set(text, path, &server())
        .map_err(|error| error.to_string())
}

#[test]
fn json_keeps_everything_else() {
    let one = "\"new\": {\n      \"command\": \"/bin/l\",\n      \"args\": [\"serve\", \"--config\", \"/a b/c.yaml\"]\n    }";
    let rows = [
        (
            "// mine\n{\n  \"a\": {\n    // first\n    \"x\": 1, // one\n  },\n  \"b\": [1, 2,], /* end */\n}\n// after\n",
            format!(
                "// mine\n{{\n  \"a\": {{\n    // first\n    \"x\": 1, // one\n    {},\n  }},\n  \"b\": [1, 2,], /* end */\n}}\n// after\n",
                one.replace("]\n", "],\n")
            ),
        ),
        (
            "{\n  \"b\": 1\n}\n",
            format!("{{\n  \"b\": 1,\n  \"a\": {{\n    {one}\n  }}\n}}\n"),
        ),
        (
            "{\n  \"a\": null\n}",
            format!("{{\n  \"a\": {{\n    {one}\n  }}\n}}"),
        ),
        (
            "{\r\n  \"a\": {}\r\n}\r\n",
            format!("{{\n  \"a\": {{\n    {one}\n  }}\n}}\n").replace('\n', "\r\n"),
        ),
        ("", format!("{{\n  \"a\": {{\n    {one}\n  }}\n}}\n")),
    ];
    each_row(rows, |(text, expected)| {
        let changed = set(Format::Jsonc, text, &["a", "new"]).unwrap();
        assert_eq!(changed, expected, "{text}");
    });
}

#[test]
fn toml_keeps_everything_else() {
    let entry =
        "[a.new]\ncommand = \"/bin/l\"\nargs = [\"serve\", \"--config\", \"/a b/c.yaml\"]\n";
    let rows = [
        (
            "# mine\nmodel = \"m\" # why\n\n[a.x]\n# first\ncommand = 'c'\n\n[z]\nk = 1979-05-27T07:32:00Z\n",
            format!(
                "# mine\nmodel = \"m\" # why\n\n[a.x]\n# first\ncommand = 'c'\n\n{entry}\n[z]\nk = 1979-05-27T07:32:00Z\n"
            ),
        ),
        ("", entry.to_owned()),
        ("x = 1\n", format!("x = 1\n\n{entry}")),
        (
            "a = { x = { y = 1 } } # inline\n",
            "a = { x = { y = 1 } , new = { command = \"/bin/l\", args = [\"serve\", \"--config\", \"/a b/c.yaml\"] } } # inline\n".to_owned(),
        ),
        (
            "# above\n[a.new] # here\nold = 1\n\n[b]\n",
            format!("# above\n{}\n[b]\n", entry.replace("[a.new]", "[a.new] # here")),
        ),
    ];
    each_row(rows, |(text, expected)| {
        let changed = set(Format::Toml, text, &["a", "new"]).unwrap();
        assert_eq!(changed, expected, "{text}");
    });
}

#[test]
fn yaml_keeps_everything_else() {
    let lines = |indent: usize| {
        let margin = " ".repeat(indent);
        format!(
            "{margin}new:\n{margin}  command: /bin/l\n{margin}  args: [serve, \"--config\", \"/a b/c.yaml\"]"
        )
    };
    let inline = "new: { command: /bin/l, args: [serve, \"--config\", \"/a b/c.yaml\"] }";
    let rows = [
        (
            "# mine\nk: v # why\na:\n  # first\n  x: {y: 1} # one\n\n# after\nz: [1]\n",
            format!(
                "# mine\nk: v # why\na:\n  # first\n  x: {{y: 1}} # one\n{}\n\n# after\nz: [1]\n",
                lines(2)
            ),
        ),
        (
            "a:\n    x:\n        y: 1\nz: 1",
            format!("a:\n    x:\n        y: 1\n{}\nz: 1", lines(4)),
        ),
        (
            "a: {} # none yet\nz: 1\n",
            format!("a:\n{} # none yet\nz: 1\n", lines(2)),
        ),
        (
            "a: # none yet\nz: 1\n",
            format!("a: # none yet\n{}\nz: 1\n", lines(2)),
        ),
        (
            "a:\n# below\nz: 1\n",
            format!("a:\n{}\n# below\nz: 1\n", lines(2)),
        ),
        ("a: ~\n", format!("a:\n{}\n", lines(2))),
        ("a: { x: 1 }\n", format!("a: {{ x: 1, {inline} }}\n")),
        ("{a: {}}\n", format!("{{a: {{ {inline} }}}}\n")),
        ("", format!("a:\n{}\n", lines(2))),
        ("# only this\n", format!("# only this\na:\n{}\n", lines(2))),
        ("k: v", format!("k: v\na:\n{}", lines(2))),
        (
            "k: v\r\n",
            format!("k: v\r\na:\r\n{}\r\n", lines(2).replace('\n', "\r\n")),
        ),
        // A block scalar that extends to the end of the file.
        (
            "a:\n  x: |+\n    text\n\n\n",
            format!("a:\n{}\n  x: |+\n    text\n\n\n", lines(2)),
        ),
        (
            "a:\n  x: |\n    text\nz: 1\n",
            format!("a:\n  x: |\n    text\n{}\nz: 1\n", lines(2)),
        ),
        // Existing entries are replaced.
        (
            "a:\n  new: old # gone\n  z: 1\n",
            format!("a:\n{} # gone\n  z: 1\n", lines(2)),
        ),
        (
            "a:\n  new:\n    b: 1\n    c: 2\n  z: 1\n",
            format!("a:\n{}\n  z: 1\n", lines(2)),
        ),
    ];
    each_row(rows, |(text, expected)| {
        let changed = set(Format::Yaml, text, &["a", "new"]);
        let changed = changed.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(changed, expected, "{text}");
    });
}

#[test]
fn yaml_lists_grow() {
    let rows = [
        ("t: [a.pub]\n", "t: [a.pub, new key]\n"),
        ("t: [a.pub,]\n", "t: [a.pub, new key,]\n"),
        ("t: []\nz: 1\n", "t: [new key]\nz: 1\n"),
        (
            "t:\n- a.pub # one\nz: 1\n",
            "t:\n- a.pub # one\n- new key\nz: 1\n",
        ),
        (
            "t:\n  - a.pub\n\n  # end\n",
            "t:\n  - a.pub\n  - new key\n\n  # end\n",
        ),
        ("t:\nz: 1\n", "t: [new key]\nz: 1\n"),
        ("z: 1\n", "z: 1\nt: [new key]\n"),
    ];
    each_row(rows, |(text, expected)| {
        let expected = expected.replace("new key", "\"new key\"");
        let changed = Format::Yaml.append(text, &["t"], &json!("new key"));
        assert_eq!(changed.as_deref(), Ok(expected.as_str()), "{text}");
    });
    let word = Format::Yaml.append("t: any\n", &["t"], &json!("k"));
    assert!(word.unwrap_err().to_string().contains("a list is expected"));
}

#[test]
fn changes_that_are_not_possible_are_rejected() {
    let deep = "[".repeat(10_000);
    let steps = "- ".repeat(10_000);
    let rows = [
        (Format::Jsonc, "{\"a\": ", "not valid JSON"),
        (Format::Jsonc, "{'a': 1}", "not valid JSON"),
        (Format::Jsonc, "{} {}", "not valid JSON"),
        (Format::Jsonc, "[]", "is a list, where"),
        (Format::Jsonc, "{\"a\": 1}", "has a number at `a`"),
        (Format::Jsonc, &deep, "not valid JSON"),
        (Format::Toml, "a = ", "not valid TOML: line 1"),
        (Format::Toml, "a = 1", "at `a`, where a table is expected"),
        (Format::Toml, "[[a]]\nx = 1\n", "at `a`"),
        (Format::Toml, &format!("a = {deep}"), "not valid TOML"),
        (Format::Yaml, "a: [", "not valid YAML"),
        (Format::Yaml, "a: 1\n b: 2\n", "not valid YAML"),
        (Format::Yaml, "a: text\n", "has a single value at `a`"),
        (Format::Yaml, "- a\n", "is a list, where"),
        (Format::Yaml, "a: 1\n---\nb: 2\n", "2 documents"),
        (Format::Yaml, "b: &b {x: 1}\na: *b\n", "has an alias at `a`"),
        (
            Format::Yaml,
            "a: &a\n  x: 1\nb: *a\n",
            "`a` cannot be changed",
        ),
        (Format::Yaml, &deep, "not valid YAML"),
        (Format::Yaml, &steps, "not valid YAML"),
    ];
    each_row(rows, |(format, text, part)| {
        let error = set(format, text, &["a", "new"]).unwrap_err();
        let shown: String = text.chars().take(30).collect();
        assert!(error.contains(part), "{shown}: {error}");
    });
    // With two entries of the same name, it is unclear which one is read.
    assert!(set(Format::Jsonc, "{\"a\": {}, \"a\": {}}", &["a", "new"]).is_err());
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-z]{1,8}",
        "[-0-9.e:#'\"{}\\[\\]&*!|>%@`, ~]{0,6}",
        Just("true".to_owned()),
        Just("null".to_owned()),
    ];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            entries(inner),
        ]
    })
}

fn entries(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop_oneof!["[a-c]{1,2}", "[ -~]{1,6}", "\\PC{1,4}"];
    prop::collection::vec((key, value), 0..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

#[test]
fn nested_mappings_take_linear_time() {
    let mut text = String::new();
    for depth in 0..60 {
        text.push_str(&format!("{}k:\n", "  ".repeat(depth)));
    }
    let changed = Format::Yaml.set(&text, &["k", "k", "new"], &json!(1));
    let found = Format::Yaml.get(&changed.unwrap(), &["k", "k", "new"]);
    assert_eq!(found, Ok(Some(json!(1))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Written values are read back unchanged.
    #[test]
    fn yaml_round_trips(value in value()) {
        let text = crate::render(&value);
        let read = Format::Yaml.get(&text, &[]);
        prop_assert_eq!(read, Ok(Some(value)), "{}", text);
    }

    /// One entry changes, and nothing else, in every format and at any depth.
    #[test]
    fn one_entry_changes(whole in entries(value()), new in entries(value()), path in prop::collection::vec("[a-c]{1,2}", 1..4)) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        for format in [Format::Jsonc, Format::Toml, Format::Yaml] {
            let text = match format {
                Format::Jsonc => format!("// note\n{whole:#}\n"),
                Format::Toml => match toml_of(&whole) { Some(text) => text, None => continue },
                Format::Yaml => format!("# note\n{}", crate::render(&whole)),
            };
            let before = format.get(&text, &[]).unwrap().unwrap();
            let mut expected = before.clone();
            put(&mut expected, &path, &new);
            match format.set(&text, &path, &new) {
                Ok(changed) => {
                    prop_assert!(changed.contains("note"));
                    prop_assert_eq!(format.get(&changed, &path), Ok(Some(new.clone())), "{}", changed);
                    prop_assert_eq!(format.get(&changed, &[]), Ok(Some(expected)), "{}", changed);
                }
                Err(EditError::Kind { .. }) => {
                    let mut way = (0..path.len()).map(|depth| at(&before, &path[..depth]));
                    prop_assert!(way.any(|it| it.is_some_and(|it| !it.is_object())), "{}", text);
                }
                Err(error) => prop_assert!(false, "{}: {}", error, text),
            }
        }
    }
}

fn toml_of(whole: &Value) -> Option<String> {
    let mut text = String::from("# note\n");
    for (key, value) in whole.as_object()? {
        text = Format::Toml.set(&text, &[key], value).ok()?;
    }
    Some(text)
}
