//! `luminarys add`

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use luminarys_package::SecretKey;
use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::desk::Desk;

#[test]
fn the_manifest_grants_what_the_user_agreed_to_and_nothing_else() {
    let fs_rw = json!({ "kind": "fs", "pattern": "/tmp/**", "mode": "rw" });
    let api = json!({ "kind": "http", "pattern": "https://api.test/**" });
    let key = json!({ "kind": "env", "pattern": "KEY" });
    let rows = [
        (json!([]), &[][..], json!({})),
        (
            json!([fs_rw, api]),
            &["--yes"],
            json!({ "permissions": {
                "fs": { "enabled": true, "dirs": ["/tmp:rw"] },
                "http": { "enabled": true, "allowlist": ["https://api.test/**"] },
            }}),
        ),
        // Existing grants are not repeated.
        (
            json!([fs_rw]),
            &["--grant", "fs=/tmp:rw"],
            json!({ "permissions": { "fs": { "enabled": true, "dirs": ["/tmp:rw"] } } }),
        ),
        (
            json!([key, { "kind": "invoke", "pattern": "notes" }, { "kind": "llm" }]),
            &[
                "--yes",
                "--grant",
                "env.KEY=@/dev/null/secret",
                "--grant",
                "env.KEY=plain",
            ],
            json!({
                "permissions": { "llm": { "enabled": true } },
                "env": { "KEY": "plain" },
                "invoke_policy": { "can_invoke": ["notes"] },
            }),
        ),
    ];
    each_row(rows, |(requirements, options, expected)| {
        let desk = Desk::trusting();
        let package = desk.package("numbers", requirements);
        let added = desk
            .run(&[&["add", &package], options, &["--json"]].concat())
            .json();
        let mut manifest = desk.yaml("skills/numbers.yaml");
        let written = manifest.as_object_mut().unwrap();
        assert_eq!(written.shift_remove("id"), Some(json!("numbers")));
        assert_eq!(
            written.shift_remove("path"),
            Some(json!("numbers-1.0.0.skill"))
        );
        let digest = added["package"]["digest"].clone();
        let signer = desk.key.public().id();
        let identity = json!({
            "id": "test.onboard.numbers", "signer": signer, "version": ">=1.0.0", "digest": digest,
        });
        assert_eq!(written.shift_remove("package"), Some(identity));
        assert_eq!(manifest, expected);
        assert_eq!(added["trust_added"], false);
        let copy = fs::read(desk.path("skills/numbers-1.0.0.skill")).unwrap();
        assert_eq!(copy, fs::read(desk.path(&package)).unwrap());
        desk.run(&["check"]).succeeds();
        let called = desk.run(&["call", "numbers", "double", "value=21"]);
        assert_eq!(called.succeeds().out, "42\n");
        // A file that may have a secret is readable by its owner only.
        let file = fs::metadata(desk.path("skills/numbers.yaml")).unwrap();
        let is_private = file.permissions().mode() & 0o077 == 0;
        assert_eq!(is_private, expected["env"]["KEY"].is_string());
    });
}

#[test]
fn missing_consent_is_offered_as_a_working_command() {
    let desk = Desk::new();
    let text = desk.read("luminarys.yaml");
    desk.write(
        "luminarys.yaml",
        text.replace("trust: []", "trust: [] # nobody yet"),
    );
    let required = json!([{ "kind": "shell", "pattern": "git **" }]);
    let package = desk.package("numbers", required);
    let before = desk.snapshot();
    let signer = desk.key.public().id();
    let refused = desk.run(&["add", &package, "--id", "my numbers"]);
    refused.fails(&["1 to 64 of"]);
    let refused = desk.run(&["add", &package, "--id", "mine"]);
    refused.fails(&[
        "there is no terminal to ask on",
        &signer,
        "is not trusted",
        "it requires shell git **",
    ]);
    assert!(refused.out.contains("NOT TRUSTED"), "{refused:?}");
    assert_eq!(desk.snapshot(), before);
    let (_, line) = refused
        .err
        .split_once("if you agree, run: luminarys ")
        .unwrap();
    let line: Vec<&str> = line
        .split_whitespace()
        .map(|word| word.trim_matches('\''))
        .collect();
    desk.run(&line).succeeds();
    // The configuration has the key, and keeps the rest.
    let text = desk.read("luminarys.yaml");
    assert!(
        text.contains("# nobody yet") && text.contains("# What skills keep"),
        "{text}"
    );
    assert!(text.contains(desk.key.public().to_text().trim()), "{text}");
    let checked = desk.run(&["check", "--json"]).json();
    assert_eq!(
        (&checked[0]["id"], &checked[0]["signer"]),
        (&json!("mine"), &json!(signer))
    );
    // Once trusted, trusted for the next package.
    let other = desk.package("other", json!([]));
    let added = desk.run(&["add", &other, "--json"]).json();
    assert_eq!(added["trust_added"], false);
}

#[test]
fn any_configuration_can_be_added_to() {
    let package = |desk: &Desk| desk.package("numbers", json!([]));
    let rows = [
        // A block list, comments, and manifests by name.
        (
            "# mine\nskills:\n  - other.yaml # first\ntrust:\n  # me\n  - me.pub\ndata_dir: data\n",
            "skills/numbers.yaml",
            json!(["other.yaml", "skills/numbers.yaml"]),
            2,
        ),
        (
            "data_dir: data\n",
            "skills/numbers.yaml",
            json!(["skills/numbers.yaml"]),
            1,
        ),
        (
            "skills: ['m/*.yaml']\ndata_dir: data\n",
            "m/numbers.yaml",
            json!(["m/*.yaml"]),
            1,
        ),
        (
            "skills: ['**/*.yaml']\ndata_dir: data\n",
            "numbers.yaml",
            json!(["**/*.yaml"]),
            1,
        ),
        (
            "{skills: [], trust: [], data_dir: data}\n",
            "skills/numbers.yaml",
            json!(["skills/numbers.yaml"]),
            1,
        ),
    ];
    each_row(rows, |(text, manifest, skills, trust)| {
        let desk = Desk::bare();
        let key = SecretKey::generate().unwrap();
        desk.write("me.pub", key.public().to_text());
        // A link stays a link.
        desk.write("real/luminarys.yaml", text);
        symlink("real/luminarys.yaml", desk.path("luminarys.yaml")).unwrap();
        let trusted = desk.key.public().id();
        let options = ["add", &package(&desk), "--trust-key", &trusted, "--json"];
        let added = desk.run(&options).json();
        assert_eq!(
            added["manifest"],
            desk.path(manifest).to_str().unwrap(),
            "{text}"
        );
        let after = desk.yaml("luminarys.yaml");
        assert_eq!(after["skills"], skills, "{text}");
        assert_eq!(after["trust"].as_array().unwrap().len(), trust, "{text}");
        assert!(
            fs::symlink_metadata(desk.path("luminarys.yaml"))
                .unwrap()
                .is_symlink()
        );
        for line in text.lines().filter(|line| line.contains('#')) {
            assert!(desk.read("luminarys.yaml").contains(line), "{line}");
        }
        let called = desk.run(&["call", "numbers", "double", "value=2"]);
        assert_eq!(called.succeeds().out, "4\n", "{text}");
    });
    // A change that would affect more is refused, with the line to write.
    let desk = Desk::bare();
    desk.write(
        "luminarys.yaml",
        "skills: ['skills/*.yaml']\ntrust: &keys []\nlog: {level: info}\n",
    );
    let package = package(&desk);
    let before = desk.snapshot();
    let trusted = desk.key.public().id();
    let refused = desk.run(&["add", &package, "--trust-key", &trusted]);
    refused.fails(&["`trust` of", "by hand: \"luminarys-public-key-v1:"]);
    assert_eq!(desk.snapshot(), before);
}

#[test]
fn another_package_in_its_place_is_not_loaded() {
    let desk = Desk::trusting();
    let package = desk.package("numbers", json!([]));
    desk.run(&["add", &package]).succeeds();
    // The same id, version and signer.
    let other = desk.package("numbers", json!([{ "kind": "llm" }]));
    fs::copy(desk.path(&other), desk.path("skills/numbers-1.0.0.skill")).unwrap();
    let checked = desk.run(&["check"]);
    assert_eq!(checked.code, Some(2), "{checked:?}");
    let rows = [
        "NOT LOADED",
        "digest is sha256:",
        "the manifest says sha256:",
        "replace ",
    ];
    each_row(rows, |part| {
        assert!(checked.out.contains(part), "{part}: {checked:?}");
    });
    // The offered line is for that file only.
    let offered = checked
        .out
        .split("with: package: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let manifest = desk.yaml("skills/numbers.yaml");
    let digest = manifest["package"]["digest"].as_str().unwrap();
    assert!(
        offered.contains("digest: \"sha256:") && !offered.contains(digest),
        "{offered}"
    );
    let changed = format!(
        "id: numbers\npath: numbers-1.0.0.skill\npermissions: {{llm: {{enabled: true}}}}\npackage: {offered}\n"
    );
    desk.write("skills/numbers.yaml", changed);
    desk.run(&["check"]).succeeds();
}

#[test]
fn unused_imports_without_grants_are_reported() {
    let desk = Desk::new();
    let package = luminarys_conformance::package("fs");
    let package = package.to_str().unwrap();
    let key = luminarys_conformance::package("key").with_extension("pub");
    let key = key.to_str().unwrap();
    let added = desk.run(&["add", package, "--trust-key", key, "--id", "bare"]);
    assert!(
        added
            .succeeds()
            .err
            .contains("bare can use files, and none is granted"),
        "{added:?}"
    );
    desk.write("project/notes.txt", "hello\n");
    let added = desk.run(&["add", package, "--grant", "fs=project"]);
    assert!(!added.succeeds().err.contains("can use"), "{added:?}");
    let path = format!("path={}", desk.path("project/notes.txt").display());
    assert!(
        desk.run(&["call", "fs", "read", &path])
            .succeeds()
            .out
            .contains("hello")
    );
    assert_eq!(desk.run(&["call", "bare", "read", &path]).code, Some(3));
    let names = |value: &Value| value.as_array().unwrap().len();
    let listed = desk.run(&["list", "--json"]).json();
    assert_eq!(names(&listed), 2);
}
