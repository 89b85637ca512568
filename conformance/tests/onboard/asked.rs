//! Questions at a terminal.

use luminarys_testing::each_row;
use serde_json::json;

use crate::desk::Desk;

#[test]
fn every_grant_is_asked_about() {
    let desk = Desk::new();
    let required =
        json!([{ "kind": "shell", "pattern": "git **" }, { "kind": "env", "pattern": "KEY" }]);
    let package = desk.package("numbers", required);
    let before = desk.snapshot();
    let rows = [
        ("n\n", "is not trusted"),
        ("\n", "is not trusted"),
        ("y\nvalue\nn\n", "without what it requires"),
        ("y\n\n", "it requires a value for KEY"),
    ];
    each_row(rows, |(typed, part)| {
        let ended = desk.run_on_terminal(&["add", &package], typed);
        assert_eq!(ended.code, Some(2), "{typed:?}: {ended:?}");
        assert!(ended.out.contains(part), "{typed:?}: {ended:?}");
        assert_eq!(desk.snapshot(), before, "{typed:?}");
    });
    let ended = desk.run_on_terminal(&["add", &package], "y\nthe value\nyes\n");
    let rows = [
        "Trust key",
        "Value of KEY",
        "Grant what it requires? [y/N]",
        "added",
    ];
    each_row(rows, |part| {
        assert!(ended.succeeds().out.contains(part), "{part}: {ended:?}");
    });
    let manifest = desk.yaml("skills/numbers.yaml");
    assert_eq!(manifest["env"]["KEY"], "the value");
    desk.run(&["check"]).succeeds();
}

#[test]
fn a_skill_that_uses_files_gets_a_directory() {
    let desk = Desk::new();
    desk.write("project/a", "");
    let package = luminarys_conformance::package("fs");
    let ended = desk.run_on_terminal(&["add", package.to_str().unwrap()], "y\nproject:rw\n\n");
    assert!(
        ended.succeeds().out.contains("files: which may it use?"),
        "{ended:?}"
    );
    let manifest = desk.yaml("skills/fs.yaml");
    let directory = format!("{}:rw", desk.path("project").display());
    assert_eq!(manifest["permissions"]["fs"]["dirs"], json!([directory]));
}
