//! `luminarys add --upgrade`

use std::fs;

use luminarys_package::SecretKey;
use luminarys_testing::each_row;
use serde_json::json;

use crate::desk::Desk;

#[test]
fn a_newer_package_replaces_the_older() {
    let desk = Desk::trusting();
    let package = desk.package("numbers", json!([]));
    desk.run(&["add", &package, "--grant", "http=https://old.test/**"])
        .succeeds();
    let text = desk.read("skills/numbers.yaml");
    desk.write(
        "skills/numbers.yaml",
        format!("{text}# my own words\nruntime: {{timeout_ms: 5000}}\n"),
    );
    let required = json!([{ "kind": "fs", "pattern": "/tmp", "mode": "rw" }, { "kind": "env", "pattern": "KEY" }]);
    let package = desk.package_of("numbers", "1.1.0", required, &desk.key);
    let before = desk.snapshot();
    desk.run(&["add", &package])
        .fails(&["numbers exists already", "1.0.0", "--upgrade", "1.1.0"]);
    let refused = desk.run(&["add", &package, "--upgrade"]);
    refused.fails(&["it requires fs /tmp rw", "the variable KEY"]);
    assert_eq!(desk.snapshot(), before);
    let options = [
        "add",
        &package,
        "--upgrade",
        "--yes",
        "--grant",
        "env.KEY=v",
        "--json",
    ];
    let upgraded = desk.run(&options).json();
    assert_eq!(
        (&upgraded["upgraded"], &upgraded["package"]["version"]),
        (&json!(true), &json!("1.1.0"))
    );
    // Grants stay, and new requirements are added.
    let text = desk.read("skills/numbers.yaml");
    let rows = [
        "# my own words",
        "timeout_ms: 5000",
        "https://old.test/**",
        "permissions.fs: ",
        "/tmp:rw",
    ];
    each_row(rows, |part| {
        assert!(text.contains(part), "{part}: {text}");
    });
    let files = fs::read_dir(desk.path("skills")).unwrap();
    let mut files: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["numbers-1.1.0.skill", "numbers.yaml"]);
    desk.run(&["check"]).succeeds();
    let called = desk.run(&["call", "numbers", "double", "value=3"]);
    assert_eq!(called.succeeds().out, "6\n");
    // Repeating it changes nothing.
    let before = desk.snapshot();
    let again = desk.run(&["add", &package, "--upgrade", "--json"]).json();
    assert_eq!(again["changed"], false);
    assert_eq!(desk.snapshot(), before);
    // Another build of the same version.
    let package = desk.package_of("numbers", "1.1.0", json!([]), &desk.key);
    desk.run(&["add", &package, "--upgrade"]).succeeds();
    desk.run(&["check"]).succeeds();
}

#[test]
fn other_packages_are_not_upgrades() {
    let desk = Desk::trusting();
    let package = desk.package_of("numbers", "2.0.0", json!([]), &desk.key);
    desk.run(&["add", &package]).succeeds();
    let stranger = SecretKey::generate().unwrap();
    let id = stranger.public().id();
    desk.run(&[
        "add",
        &desk.package_of("own", "1.0.0", json!([]), &stranger),
        "--trust-key",
        &id,
    ])
    .succeeds();
    let older = desk.package_of("numbers", "1.9.0", json!([]), &desk.key);
    let before = desk.snapshot();
    desk.run(&["add", &older, "--upgrade"])
        .fails(&["is 1.9.0, older than the 2.0.0", "nothing was upgraded"]);
    assert_eq!(desk.snapshot(), before);
    // From another signer, although that one is trusted too.
    let other = desk.package_of("numbers", "3.0.0", json!([]), &stranger);
    let before = desk.snapshot();
    let own = desk.key.public().id();
    desk.run(&["add", &other, "--upgrade"]).fails(&[
        "nothing was upgraded",
        &own,
        &format!("--trust-key {id}"),
    ]);
    assert_eq!(desk.snapshot(), before);
    desk.run(&["add", &other, "--upgrade", "--trust-key", &id])
        .succeeds();
    desk.run(&["check"]).succeeds();
}
