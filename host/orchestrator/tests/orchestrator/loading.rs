//! Reports and tools of valid and invalid manifests and packages.

use crate::common::{World, component, manifest, of_manifest, package, problem, tool_names};
use luminarys_orchestrator::{CallContext, InvokeError, Orchestrator, Origin};
use luminarys_package::{SecretKey, Trust};
use serde_json::json;

#[tokio::test]
async fn a_signed_skill_runs_beside_invalid_ones() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("unsigned.skill", component("1.0.0", json!([])));
    world.write(
        "foreign.skill",
        package(&SecretKey::generate().unwrap(), "1.0.0", json!([])),
    );
    let mut cut = package(&world.key, "1.0.0", json!([]));
    cut.truncate(cut.len() - 5);
    world.write("cut.skill", cut);
    world.write("good.yaml", manifest("good", ""));
    world.write("malformed.yaml", "id: [");
    world.write("unknown.yaml", manifest("unknown", "permisions: {}"));
    world.write("latin.yaml", b"id: \xff");
    world.write("absent.yaml", "id: absent\npath: nowhere.skill\n");
    world.write("unsigned.yaml", "id: unsigned\npath: unsigned.skill\n");
    world.write("foreign.yaml", "id: foreign\npath: foreign.skill\n");
    world.write("cut.yaml", "id: cut\npath: cut.skill\n");
    world.write("folder.yaml", "id: folder\npath: .\n");
    let closed = manifest(
        "closed",
        "permissions: {fs: {enabled: true, dirs: ['/no/such/place:ro']}}",
    );
    world.write("closed.yaml", closed);
    let names = [
        ("malformed.yaml", "malformed.yaml"),
        ("unknown.yaml", "permissions"),
        ("latin.yaml", "UTF-8"),
        ("missing.yaml", "does not exist"),
        ("absent.yaml", "nowhere.skill does not exist"),
        ("unsigned.yaml", "not signed"),
        ("foreign.yaml", "not trusted"),
        ("cut.yaml", "truncated"),
        ("folder.yaml", "a directory, not a file"),
        ("closed.yaml", "/no/such/place"),
    ];
    let mut all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    all.push("good.yaml");
    let orchestrator = world.start(&all).await;
    for (name, expected) in names {
        let report = of_manifest(&orchestrator, &world.path(name));
        assert!(
            !report.running && problem(&report).contains(expected),
            "{name}: {}",
            problem(&report)
        );
    }
    let good = orchestrator.skill("good").unwrap();
    assert!(
        good.running && good.problem.is_none() && good.warnings.is_empty(),
        "{good:?}"
    );
    assert_eq!(good.signer, Some(world.key.public().id()));
    assert_eq!(good.methods.len(), 5);
    assert_eq!(
        tool_names(&orchestrator),
        ["good_answer", "good_double", "good_spin"]
    );
    let refused = orchestrator.skill("foreign").unwrap();
    assert!(
        refused.descriptor.is_some(),
        "what is refused is described all the same"
    );
    let called = orchestrator
        .call_tool("good_double", json!({ "value": 4 }), CallContext::new(""))
        .await
        .unwrap();
    assert_eq!(called.value, json!(8));
    let failed = orchestrator
        .invoke(
            Origin::Operator,
            "cut",
            "answer",
            json!({}),
            CallContext::new(""),
        )
        .await;
    assert!(
        matches!(&failed, Err(InvokeError::NotLoaded { problem, .. }) if problem.contains("truncated")),
        "{failed:?}"
    );
    let metrics = orchestrator.metrics();
    assert!(metrics.contains("luminarys_skills_loaded 1\n"), "{metrics}");
    assert!(
        metrics.contains("luminarys_skills_failed 10\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn every_missing_grant_is_a_line_to_add() {
    let world = World::new();
    let requirements = json!([
        { "kind": "fs", "pattern": "/data/**", "mode": "rw" },
        { "kind": "env", "pattern": "TOKEN" },
        { "kind": "invoke", "pattern": "other" },
        { "kind": "magic" },
    ]);
    world.write("numbers.skill", package(&world.key, "1.0.0", requirements));
    world.write("some.yaml", manifest("some", "env: {TOKEN: x}"));
    let orchestrator = world.start(&["some.yaml"]).await;
    let report = orchestrator.skill("some").unwrap();
    let granted: Vec<bool> = report
        .requirements
        .iter()
        .map(|requirement| requirement.granted)
        .collect();
    assert_eq!(granted, [false, true, false, false]);
    let text = problem(&report);
    assert!(
        text.contains("\n  permissions.fs: {enabled: true, dirs: [\"/data:rw\"]}"),
        "{text}"
    );
    assert!(
        text.contains("\n  invoke_policy.can_invoke: [\"other\"]"),
        "{text}"
    );
    assert!(text.contains("magic") && !text.contains("TOKEN"), "{text}");
    assert!(orchestrator.tools().is_empty());
}

#[tokio::test]
async fn unsigned_packages_run_only_under_trust_any_and_with_a_warning() {
    let world = World::new();
    world.write("numbers.skill", component("1.0.0", json!([])));
    world.write("a.yaml", manifest("a", ""));
    let mut settings = world.settings(&["a.yaml"]);
    settings.trust = Trust::Any;
    let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
    let report = orchestrator.skill("a").unwrap();
    assert!(
        report.running
            && report
                .warnings
                .iter()
                .any(|warning| warning.contains("not signed")),
        "{report:?}"
    );
    // Restricting trust stops it.
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    let report = orchestrator.skill("a").unwrap();
    assert!(
        !report.running && problem(&report).contains("not signed"),
        "{report:?}"
    );
}

#[tokio::test]
async fn of_two_with_the_same_name_the_later_is_refused() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("first.yaml", manifest("a", ""));
    world.write("second.yaml", manifest("a", ""));
    world.write(
        "whole.yaml",
        manifest("a_answer", "mcp: {mapping: per_skill}"),
    );
    let settings = world.settings(&["first.yaml", "second.yaml", "whole.yaml"]);
    let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
    let second = of_manifest(&orchestrator, &world.path("second.yaml"));
    assert!(
        !second.running && problem(&second).contains("first.yaml"),
        "{}",
        problem(&second)
    );
    let whole = orchestrator.skill("a_answer").unwrap();
    assert!(
        !whole.running && problem(&whole).contains("mcp.name: a_answer2"),
        "{}",
        problem(&whole)
    );
    assert!(orchestrator.skill("a").unwrap().running);
    assert_eq!(
        tool_names(&orchestrator),
        ["a_answer", "a_double", "a_spin"]
    );
}

#[tokio::test]
async fn lists_with_unknown_methods_cause_a_warning() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write(
        "a.yaml",
        manifest("a", "mcp: {hidden_methods: [spin, anwser]}"),
    );
    let orchestrator = world.start(&["a.yaml"]).await;
    assert_eq!(tool_names(&orchestrator), ["a_answer", "a_double"]);
    let warnings = orchestrator.skill("a").unwrap().warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("anwser"),
        "{warnings:?}"
    );
}
