//! `call`, `list`, `inspect`, `check` with a real package.

use std::io::Write as _;
use std::process::Stdio;

use luminarys_testing::each_row;
use serde_json::json;

use crate::common::{Outcome, World};

#[test]
fn arguments_are_accepted_in_three_forms() {
    let world = World::new();
    world.write("value", "21");
    let rows = [
        &["value=21"][..],
        &["value:=21"],
        &["value=@value"],
        &["--json", "{\"value\": 21}"],
    ];
    each_row(rows, |arguments| {
        let words: Vec<&str> = ["call", "numbers", "double"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        assert_eq!(world.run(&words).succeeded().out, "42\n", "{arguments:?}");
    });
    let mut child = world
        .command(&["call", "numbers", "double", "--json", "-", "--output=json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"value\": 4}").unwrap();
    drop(input);
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(
        outcome.succeeded().json(),
        json!({ "result": 8, "text": null })
    );
}

#[test]
fn every_outcome_has_its_exit_code() {
    let world = World::new();
    let call = |words: &[&str]| {
        let words: Vec<&str> = ["call"].iter().chain(words).copied().collect();
        world.run(&words)
    };
    call(&["numbers", "crash"]).failed(1, &["crashed"]);
    call(&["numbers", "double", "value=x"]).failed(2, &["invalid arguments", "value"]);
    call(&["numbers", "double"]).failed(2, &["invalid arguments", "value"]);
    call(&["numbers", "double", "value=1", "more=2"]).failed(2, &["more"]);
    call(&["numbers", "double", "value"]).failed(2, &["key=value"]);
    call(&["numbers", "triple"]).failed(2, &["triple"]);
    call(&["number", "double"]).failed(2, &["\"number\"", "did you mean `numbers`"]);
    call(&["numbers", "on_event"]).failed(3, &["callback"]);
    call(&["numbers", "spin"]).failed(4, &["cpu_timeout_ms"]);
    let outcome = call(&["numbers", "spin", "--output", "json"]);
    assert_eq!(outcome.json()["error"]["exit"], 4, "{outcome:?}");
    let outcome = call(&["none", "x", "--output", "json"]);
    outcome.failed(2, &["none"]);
    assert_eq!(outcome.json()["error"]["exit"], 2, "{outcome:?}");
}

#[test]
fn list_and_inspect() {
    let world = World::new();
    let list = world.run(&["list"]);
    let rows = [
        "numbers  test.numbers.one 1.2.3",
        "crash [internal]",
        "on_event [callback]",
    ];
    each_row(rows, |part| {
        assert!(list.succeeded().out.contains(part), "{list:?}");
    });
    let listed = world.run(&["list", "--json"]);
    assert_eq!(listed.succeeded().json()[0]["id"], "numbers");
    world.write(
        "numbers.yaml",
        "id: numbers\npath: numbers.skill\npermissions:\n  fs: {enabled: true, dirs: ['/usr:ro']}\nenv: {TOKEN: hunter2}\n",
    );
    let shown = world.run(&["inspect", "numbers"]);
    let rows = [
        "signer",
        "grants     fs /usr ro  by ",
        "grants     env TOKEN",
        "arguments: {",
    ];
    each_row(rows, |part| {
        assert!(shown.succeeded().out.contains(part), "{part}: {shown:?}");
    });
    assert!(!shown.out.contains("hunter2"));
    let shown = world.run(&["inspect", "numbers", "--json"]);
    let report = shown.succeeded().json();
    assert_eq!(report["grants"][0]["what"], "/usr");
    let schema = &report["methods"][0]["input_schema"];
    assert_eq!(schema["required"], json!(["value"]), "{report}");
    world
        .run(&["inspect", "nobody"])
        .failed(2, &["nobody", "numbers"]);
}

#[test]
fn check_reports_skills_that_cannot_be_loaded() {
    let world = World::new();
    let outcome = world.run(&["check"]);
    assert!(
        outcome
            .succeeded()
            .out
            .contains("1 can be loaded, 0 cannot"),
        "{outcome:?}"
    );
    assert!(
        !world.path(".local/share").exists(),
        "checking makes no data directory"
    );
    world.write(
        "luminarys.yaml",
        "skills: [numbers.yaml, gone.yaml, bad.yaml]\ntrust: [team.pub]\n",
    );
    world.write("bad.yaml", "id: bad\npath: numbers.skill\nenvv: {}\n");
    let outcome = world.run(&["check"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let rows = [
        "gone.yaml does not exist",
        "bad.yaml:3:1",
        "did you mean `env`",
        "1 can be loaded, 2 cannot",
    ];
    each_row(rows, |part| {
        assert!(outcome.out.contains(part), "{part}: {outcome:?}");
    });
    let reports = world.run(&["check", "--json"]);
    assert_eq!(reports.code, Some(2));
    assert_eq!(reports.json().as_array().unwrap().len(), 3);
    // One skill that is broken does not keep the others from being called.
    let outcome = world.run(&["call", "numbers", "double", "value=1"]);
    assert_eq!(outcome.succeeded().out, "2\n");
}

#[test]
fn only_configured_signers_are_trusted() {
    let world = World::new();
    world.write("luminarys.yaml", "skills: [numbers.yaml]\n");
    world
        .run(&["call", "numbers", "double", "value=1"])
        .failed(2, &["not loaded", "trust"]);
    world.write("luminarys.yaml", "skills: [numbers.yaml]\ntrust: any\n");
    let outcome = world.run(&["call", "numbers", "double", "value=1"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (Some(0), "2\n"),
        "{outcome:?}"
    );
}
