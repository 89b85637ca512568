//! The effect of changes of configuration, manifest or package.

use crate::common::{World, manifest, package, problem, tool_names, until};
use luminarys_orchestrator::{CallContext, Orchestrator, Origin};
use luminarys_testing::each_row;
use serde_json::json;

async fn answers(orchestrator: &Orchestrator, id: &str) -> bool {
    orchestrator
        .invoke(Origin::Host, id, "answer", json!({}), CallContext::new(""))
        .await
        .is_ok()
}

fn version(orchestrator: &Orchestrator, id: &str) -> String {
    orchestrator
        .skill(id)
        .unwrap()
        .descriptor
        .unwrap()
        .skill_version
        .to_string()
}

#[tokio::test]
async fn the_tool_list_counts_only_when_it_changes() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("a.yaml", manifest("a", ""));
    world.write("b.yaml", manifest("b", ""));
    let orchestrator = world.start(&["a.yaml"]).await;
    let changed = orchestrator.tools_changed();
    let first = *changed.borrow();
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    world.write("numbers.skill", package(&world.key, "1.0.1", json!([])));
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    assert_eq!(version(&orchestrator, "a"), "1.0.1");
    assert_eq!(
        *changed.borrow(),
        first,
        "another version with the same tools"
    );
    orchestrator
        .reload(world.settings(&["a.yaml", "b.yaml"]))
        .await;
    assert_eq!(*changed.borrow(), first + 1);
    orchestrator.reload(world.settings(&["b.yaml"])).await;
    assert_eq!(*changed.borrow(), first + 2);
    assert!(
        orchestrator.skill("a").is_none() && !answers(&orchestrator, "a").await,
        "no longer configured"
    );
    assert_eq!(
        tool_names(&orchestrator),
        ["b_answer", "b_double", "b_spin"]
    );
}

#[tokio::test]
async fn invalid_changes_keep_the_skill_running_and_restrictions_stop_it() {
    let world = World::new();
    let whole = package(
        &world.key,
        "1.0.0",
        json!([{ "kind": "env", "pattern": "TOKEN" }]),
    );
    let good = manifest("a", "env: {TOKEN: x}");
    let settings = world.settings(&["a.yaml"]);
    world.write("numbers.skill", &whole);
    world.write("a.yaml", &good);
    let orchestrator = world.start(&["a.yaml"]).await;
    let reload = async || {
        orchestrator.reload(settings.clone()).await;
        let report = orchestrator.skills().remove(0);
        assert_eq!(report.running, answers(&orchestrator, "a").await);
        (report.running, problem(&report).to_owned())
    };

    world.write("a.yaml", "id: [");
    let (running, problem) = reload().await;
    assert!(
        running && problem.contains("a.yaml") && problem.contains("keeps running"),
        "{problem}"
    );
    world.write("a.yaml", &good);
    assert_eq!(reload().await, (true, String::new()), "put right");

    world.write("numbers.skill", &whole[..whole.len() / 2]);
    let (running, problem) = reload().await;
    assert!(running && problem.contains("keeps running"), "{problem}");
    // The same invalid package under a manifest that grants less: the old grants are not kept.
    world.write("a.yaml", manifest("a", ""));
    assert!(!reload().await.0);
    world.write("numbers.skill", &whole);
    let (running, problem) = reload().await;
    assert!(!running && problem.contains("TOKEN"), "{problem}");
    world.write("a.yaml", &good);
    assert_eq!(reload().await, (true, String::new()));

    std::fs::remove_file(world.path("numbers.skill")).unwrap();
    assert!(!reload().await.0, "a package that is taken away");
    world.write("numbers.skill", &whole);
    assert!(reload().await.0);
    std::fs::remove_file(world.path("a.yaml")).unwrap();
    assert!(!reload().await.0, "a manifest that is taken away");
}

#[tokio::test]
async fn an_invalid_manifest_does_not_outlive_the_trust_in_its_signer() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("a.yaml", manifest("a", ""));
    let orchestrator = world.start(&["a.yaml"]).await;
    world.write("a.yaml", "id: [");
    let mut settings = world.settings(&["a.yaml"]);
    settings.trust = luminarys_package::Trust::Keys(Vec::new());
    orchestrator.reload(settings).await;
    assert!(!orchestrator.skills()[0].running && !answers(&orchestrator, "a").await);
}

#[tokio::test]
async fn files_of_later_manifests_are_closed_to_running_skills() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("other.skill", package(&world.key, "1.0.0", json!([])));
    world.write("secret", "hush");
    let dirs = format!("[{:?}]", format!("{}:rw", world.dir.path().display()));
    let granted = format!("permissions: {{fs: {{enabled: true, dirs: {dirs}}}}}\n");
    world.write("a.yaml", manifest("a", &granted));
    let orchestrator = world.start(&["a.yaml"]).await;
    let closed = |name: &str| {
        let report = orchestrator.skill("a").unwrap();
        let path = world.path(name).display().to_string();
        let mut lines = report.carve_outs.iter();
        lines.any(|line| line.contains(&format!("{path}  n")) && line.contains("a.yaml:"))
    };
    assert!(closed("a.yaml") && closed("numbers.skill"));
    assert!(!closed("b.yaml") && !closed("other.skill") && !closed("secret"));
    let named = "id: b\npath: other.skill\nenv: {KEY: {from_file: secret}}\n";
    world.write("b.yaml", named);
    orchestrator
        .reload(world.settings(&["a.yaml", "b.yaml"]))
        .await;
    let rows = ["a.yaml", "numbers.skill", "b.yaml", "other.skill", "secret"];
    each_row(rows, |name| {
        assert!(closed(name), "{name}");
    });
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    assert!(!closed("b.yaml") && !closed("secret"), "named by nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_finish_on_the_version_they_began_with() {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write("a.yaml", manifest("a", ""));
    let orchestrator = world.start(&["a.yaml"]).await;
    let context = CallContext::new("");
    let cancel = context.cancel.clone();
    let spinning = {
        let orchestrator = orchestrator.clone();
        tokio::spawn(async move { orchestrator.call_tool("a_spin", json!({}), context).await })
    };
    while !orchestrator
        .metrics()
        .contains("luminarys_calls_in_flight 1")
    {
        tokio::task::yield_now().await;
    }
    world.write("numbers.skill", package(&world.key, "2.0.0", json!([])));
    orchestrator.reload(world.settings(&["a.yaml"])).await;
    assert_eq!(version(&orchestrator, "a"), "2.0.0");
    assert!(answers(&orchestrator, "a").await && !spinning.is_finished());
    cancel.cancel();
    assert!(spinning.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_files_are_detected() {
    let world = World::new();
    world.write("a.yaml", "id: a\npath: later/numbers.skill\n");
    world.write("b.yaml", manifest("b", ""));
    let config = world.write("luminarys.yaml", "one");
    let mut settings = world.settings(&["a.yaml"]);
    settings.watch = vec![config.clone()];
    let mut both = world.settings(&["a.yaml", "b.yaml"]);
    both.watch = vec![config.clone()];
    let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
    assert!(!orchestrator.skill("a").unwrap().running);
    let guard = orchestrator
        .watch(move || (std::fs::read_to_string(&config).ok()? == "two").then(|| both.clone()))
        .unwrap();

    // A package in a directory that did not exist.
    std::fs::create_dir(world.path("later")).unwrap();
    world.write(
        "later/numbers.skill",
        package(&world.key, "1.0.0", json!([])),
    );
    until("the package appears", || {
        orchestrator.skill("a").unwrap().running
    })
    .await;
    world.write(
        "later/numbers.skill",
        package(&world.key, "1.0.1", json!([])),
    );
    until("the package is replaced", || {
        version(&orchestrator, "a") == "1.0.1"
    })
    .await;
    // The directory is replaced under the watch.
    std::fs::rename(world.path("later"), world.path("former")).unwrap();
    std::fs::create_dir(world.path("later")).unwrap();
    world.write(
        "later/numbers.skill",
        package(&world.key, "1.0.2", json!([])),
    );
    until("the directory is replaced", || {
        version(&orchestrator, "a") == "1.0.2"
    })
    .await;
    world.write(
        "later/numbers.skill",
        package(&world.key, "1.0.3", json!([])),
    );
    until("the package in the new directory is replaced", || {
        version(&orchestrator, "a") == "1.0.3"
    })
    .await;
    // In place, as an editor might.
    let text = "id: a\npath: later/numbers.skill\nmcp: {mapping: per_skill}\n";
    std::fs::write(world.path("a.yaml"), text).unwrap();
    until("the manifest is written", || {
        tool_names(&orchestrator) == ["a"]
    })
    .await;
    world.write("luminarys.yaml", "two");
    until("the configuration is changed", || {
        orchestrator.skill("b").is_some()
    })
    .await;
    drop(guard);
}
