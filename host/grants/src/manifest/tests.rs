use luminarys_testing::each_row;

use super::*;

fn parse(text: &str) -> Result<Manifest, String> {
    let environment = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
    Manifest::parse("m.yaml", text, &environment).map_err(|error| error.to_string())
}

#[test]
fn a_complete_manifest() {
    let manifest = parse(
        "id: files\npath: a.skill\ndescription: d\npermissions:\n  fs:\n    enabled: true\n    dirs: [\"/data/**:rw\", '/etc']\n\
         invoke_policy: {can_invoke: ['*']}\nmcp: {mapping: per_skill}\n\
         env: {A: '${HOME}/x', N: 5, B: true, U: '${NONE:-}', D: '${NONE:-${HOME}}', S: '$$5'}\nruntime: {isolation: session, timeout_ms: 5}\n",
    )
    .unwrap();
    let dirs = &manifest.permissions.fs.dirs;
    assert_eq!((dirs[0].path.as_str(), dirs[0].writable), ("/data", true));
    assert_eq!((dirs[1].path.as_str(), dirs[1].writable), ("/etc", false));
    assert_eq!(dirs[0].rule, "m.yaml:7 permissions.fs.dirs[0]");
    let env: Vec<_> = manifest
        .env
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        env,
        ["A=/home/me/x", "B=true", "D=/home/me", "N=5", "S=$5", "U="]
    );
    assert_eq!(manifest.mcp.mapping, Mapping::PerSkill);
    assert_eq!(manifest.runtime.isolation, Some(Isolation::Session));
}

#[test]
fn errors_name_the_place_and_the_fix() {
    let rows = [
        (
            "id: a\npath: b\npermisions: {}\n",
            &[
                "m.yaml:3:1",
                "unknown key `permisions`",
                "did you mean `permissions`",
            ][..],
        ),
        (
            "id: a\npath: b\npermissions:\n  fs:\n    enable: true\n",
            &["m.yaml:5:5", "did you mean `enabled`"],
        ),
        ("id: a\n", &["`path` is missing"]),
        ("", &["`id` is missing"]),
        ("id: a\nid: b\npath: c\n", &["m.yaml:2:1", "twice"]),
        ("id: 'a b'\npath: c\n", &["m.yaml:1", "the id"]),
        (
            "id: a\npath: c\npermissions: {fs: {dirs: [data]}}\n",
            &["m.yaml:3", "dirs[0]", "absolute"],
        ),
        (
            "id: a\npath: c\npermissions: {fs: {dirs: [/a/../b]}}\n",
            &["m.yaml:3", "`..`"],
        ),
        (
            "id: a\npath: c\npermissions: {http: {allowlist: ['https://{a/**']}}\n",
            &["allowlist[0]", "brace"],
        ),
        ("id: a\npath: c\npermissions: {fs: true}\n", &["m.yaml:3"]),
        ("id: a\npath: [\n", &["m.yaml"]),
        (
            "id: a\npath: c\nenv: {A: '${X'}\n",
            &["m.yaml:3", "not closed"],
        ),
        (
            "id: a\npath: c\nenv:\n  A: '${NONE}'\n",
            &["m.yaml:4", "env.A", "NONE is not set", "${NONE:-}"],
        ),
        (
            "id: a\npath: c\nenv:\n  A: '${NONE:?ask the team}'\n",
            &["m.yaml:4: env.A: NONE: ask the team"],
        ),
        (
            "id: a\npath: c\nenv: {A: {from_env: ''}}\n",
            &["m.yaml:3: env.A: `from_env` is empty", "from_env: NAME"],
        ),
        (
            "id: a\npath: c\nenv: {A: {from_file: ' '}}\n",
            &["m.yaml:3: env.A: `from_file` is empty", "from_file: PATH"],
        ),
        (
            "id: a\npath: c\nenv: {A: {from_env: NONE}}\n",
            &["m.yaml:3: env.A: the variable NONE is not set"],
        ),
        (
            "id: a\npath: c\nenv: {A: {from_env: A, from_file: b}}\n",
            &["m.yaml:3: env.A", "either `from_env` or `from_file`"],
        ),
    ];
    each_row(rows, |(text, parts)| {
        let error = parse(text).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    });
}

#[test]
fn no_text_makes_the_parser_panic() {
    // Damaged versions of a valid manifest.
    let good = "id: a\npath: b\npermissions:\n  fs: {enabled: true, dirs: ['/a/{b,c}/*:rw']}\nenv: {A: '${B}'}\n";
    for cut in 0..good.len() {
        let _ = parse(&good[..cut]);
        for wrong in ["\0", "{", "&a ", "*a ", "\t", "!!", "? "] {
            let _ = parse(&format!("{}{wrong}{}", &good[..cut], &good[cut..]));
        }
    }
}

/// Plain scalars that YAML may parse as something other than text, of characters that an id may have.
const UNDERSTOOD: &[&str] = &[
    "NO",
    "no",
    "on",
    "Off",
    "yes",
    "y",
    "true",
    "True",
    "FALSE",
    "0",
    "007",
    "0o17",
    "0x1F",
    "0b11",
    "1.10",
    "1.",
    ".5",
    "1e3",
    "1E-3",
    "-0",
    "-007",
    "1_000",
    "18446744073709551616",
    "12345678901234567890",
    "-9223372036854775809",
    "100000000000000000000000000000.0",
    ".inf",
    "-.INF",
    ".nan",
    ".NaN",
    "1e999",
    "2026-11-28",
    "0.30000000000000004",
];

/// A text field: a manifest with `@` in its place, and a function that reads it back.
type Place = (&'static str, fn(&Manifest) -> String);

/// Every text field of a manifest.
const PLACES: &[Place] = &[
    ("id: @\npath: p\n", |m| m.id.clone()),
    ("id: i\npath: @\n", |m| m.path.clone()),
    ("id: i\npath: p\ndescription: @\n", |m| {
        m.description.clone().unwrap()
    }),
    ("id: i\npath: p\npermissions: {http: {ca_file: @}}\n", |m| {
        m.permissions
            .http
            .network
            .ca_file
            .clone()
            .unwrap()
            .0
            .display()
            .to_string()
    }),
    ("id: i\npath: p\npermissions: {tcp: {ca_file: @}}\n", |m| {
        m.permissions
            .tcp
            .network
            .ca_file
            .clone()
            .unwrap()
            .0
            .display()
            .to_string()
    }),
    (
        "id: i\npath: p\npermissions: {tcp: {allowlist: [@]}}\n",
        |m| m.permissions.tcp.allowlist[0].pattern.clone(),
    ),
    (
        "id: i\npath: p\npermissions: {shell: {allowlist: [@]}}\n",
        |m| m.permissions.shell.allowlist[0].pattern.clone(),
    ),
    (
        "id: i\npath: p\npermissions: {file_transfer: {allowed_nodes: [@]}}\n",
        |m| m.permissions.file_transfer.allowed_nodes[0].pattern.clone(),
    ),
    (
        "id: i\npath: p\npermissions: {events: {emit: [@]}}\n",
        |m| m.permissions.events.emit[0].pattern.clone(),
    ),
    (
        "id: i\npath: p\npermissions: {events: {subscribe: [@]}}\n",
        |m| m.permissions.events.subscribe[0].pattern.clone(),
    ),
    (
        "id: i\npath: p\npermissions: {store: {shared: [@]}}\n",
        |m| m.permissions.store.shared[0].pattern.clone(),
    ),
    ("id: i\npath: p\ninvoke_policy: {imports: {a: @}}\n", |m| {
        m.invoke_policy.imports["a"].clone()
    }),
    ("id: i\npath: p\ninvoke_policy: {imports: {@: a}}\n", |m| {
        m.invoke_policy.imports.keys().next().unwrap().clone()
    }),
    ("id: i\npath: p\ninvoke_policy: {can_invoke: [@]}\n", |m| {
        m.invoke_policy.can_invoke[0].clone()
    }),
    (
        "id: i\npath: p\ninvoke_policy: {can_be_invoked_by: [@]}\n",
        |m| m.invoke_policy.can_be_invoked_by[0].clone(),
    ),
    ("id: i\npath: p\nmcp: {hidden_methods: [@]}\n", |m| {
        m.mcp.hidden_methods[0].clone()
    }),
    ("id: i\npath: p\nmcp: {exposed_methods: [@]}\n", |m| {
        m.mcp.exposed_methods[0].clone()
    }),
    ("id: i\npath: p\nenv: {A: @}\n", |m| m.env["A"].clone()),
    ("id: i\npath: p\nenv:\n  A: é\n  B: @ # note\n", |m| {
        m.env["B"].clone()
    }),
    ("id: i\npath: p\nenv: {A: &a @, B: *a}\n", |m| {
        m.env["B"].clone()
    }),
    ("id: i\npath: p\nenv: {@: a}\n", |m| {
        m.env.keys().next().unwrap().clone()
    }),
    ("id: i\npath: p\nenv: {A: {from_env: @}}\n", |m| {
        m.env["A"].strip_prefix("value of ").unwrap().to_owned()
    }),
];

/// Parses a manifest whose environment returns, for every name, a text that contains the name.
fn echoed(text: &str) -> Result<Manifest, String> {
    let environment = |name: &str| Some(format!("value of {name}"));
    Manifest::parse("m.yaml", text, &environment).map_err(|error| error.to_string())
}

#[test]
fn text_is_as_written() {
    for (template, read) in PLACES {
        for written in UNDERSTOOD {
            match echoed(&template.replace('@', written)) {
                Ok(manifest) => assert_eq!(read(&manifest), *written, "{template}"),
                // Invalid as a method name or port; the error shows the text read.
                Err(error) => assert!(
                    error.contains(&format!("allowlist[0]: the pattern {written:?}"))
                        || error.contains(&format!("no method is called {written:?}")),
                    "{template} {written}: {error}"
                ),
            }
        }
        for (written, expected) in [("'~'", "~"), ("\"null\"", "null"), ("!!str 007", "007")] {
            let manifest = echoed(&template.replace('@', written));
            let manifest = match manifest {
                // `~` is invalid in ids, ports and method names.
                Err(error)
                    if ["the id", "match nothing", "no method"]
                        .iter()
                        .any(|part| error.contains(part)) =>
                {
                    continue;
                }
                other => other.unwrap(),
            };
            assert_eq!(read(&manifest), expected, "{template}");
        }
    }
    // The error shows the text read as an env file's path.
    let error = echoed("id: i\npath: p\nenv: {A: {from_file: 007}}\n").unwrap_err();
    assert!(error.contains("env.A: 007: "), "{error}");
    let manifest = echoed(
        "id: i\npath: p\nenv: {A: '1', B: +1, C: 12:30:45, D: !!float '1.10', E: =, F: ''}\n",
    );
    let env = manifest.unwrap().env;
    let env: Vec<&str> = env.values().map(String::as_str).collect();
    assert_eq!(env, ["1", "+1", "12:30:45", "1.10", "=", ""]);
}

#[test]
fn a_value_that_is_not_text_is_an_error_that_names_the_key() {
    for (template, _) in PLACES {
        let before = template.split('@').next().unwrap();
        let is_list = before.ends_with('[');
        // An anchor and the keys of a mapping are not values.
        let Some(key) = before.strip_suffix(if is_list { ": [" } else { ": " }) else {
            continue;
        };
        let name = key.rsplit([' ', '{', '\n']).next().unwrap();
        let key = format!("{name}{}: ", if is_list { "[0]" } else { "" });
        let is_optional = ["description", "ca_file", "from_env"].contains(&name);
        for null in ["~", "null"].into_iter().filter(|_| !is_optional) {
            let error = echoed(&template.replace('@', null)).unwrap_err();
            let expected = format!("{key}null stands where text is expected");
            assert!(error.contains(&expected), "{template} {null}: {error}");
        }
        // A mapping in `env` is a secret.
        let may_be_mapping = ["A", "B"].contains(&name);
        let others = ["[a]", "{a: b}"].into_iter();
        for other in others.take(if may_be_mapping { 1 } else { 2 }) {
            let error = echoed(&template.replace('@', other)).unwrap_err();
            let expected = format!("{key}a list or mapping stands where text is expected");
            assert!(error.contains(&expected), "{template} {other}: {error}");
        }
    }
    let rows = [
        ("env: {A: {from_fil: x}}", "did you mean `from_file`"),
        (
            "env: {A: {from_env: [x]}}",
            "env.A.from_env: a list or mapping stands",
        ),
        ("env: {A: [x]}", "env.A: a list or mapping stands"),
        (
            "permissions: {fs: {dirs: [/a, ~]}}",
            "permissions.fs.dirs[1]: null stands",
        ),
        (
            "permissions: {http: {addresses: [~]}}",
            "permissions.http.addresses[0]: null",
        ),
        (
            "permissions: {http: {allowlist: [{a: b}]}}",
            "permissions.http.allowlist[0]: a list",
        ),
        (
            "permissions: {fs: {enabled: 007}}",
            "permissions.fs.enabled: ",
        ),
        ("runtime: {timeout_ms: many}", "runtime.timeout_ms: "),
    ];
    each_row(rows, |(text, part)| {
        let error = echoed(&format!("id: i\npath: p\n{text}\n")).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    });
}

#[test]
fn secrets_are_redacted_while_the_manifest_lives_and_have_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("m.yaml");
    let parse = |text: &str| {
        let name = file.display().to_string();
        let environment = |name: &str| (name == "NAME").then(|| "manifest-variable".to_owned());
        Manifest::parse(&name, text, &environment).map_err(|error| error.to_string())
    };
    std::fs::write(dir.path().join("key"), "first\nsecret-line\n").unwrap();
    std::fs::write(dir.path().join("long"), "x".repeat((64 << 10) + 1)).unwrap();
    let text =
        "id: i\npath: p\nenv: {A: {from_file: key}, B: {from_env: NAME}, C: manifest-plain}\n";
    let manifest = parse(text).unwrap();
    let shown = luminarys_text::redact(
        "first\nsecret-line, secret-line, manifest-variable, manifest-plain",
    );
    assert_eq!(shown, "[secret], [secret], [secret], manifest-plain");
    drop(manifest);
    let error = parse("id: i\npath: p\nenv: {A: {from_file: long}}\n").unwrap_err();
    assert!(
        error.contains("env.A") && error.contains("at most 65536 bytes"),
        "{error}"
    );
}
