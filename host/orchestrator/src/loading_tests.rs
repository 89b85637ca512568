//! Loading a package: its tools, then its code.

use std::collections::BTreeMap;
use std::fs;

use futures::FutureExt as _;
use luminarys_package::Trust;
use luminarys_runtime::{CallContext, Progress};
use serde_json::json;
use tokio::sync::watch;

use super::*;
use crate::eventually::until;
use crate::{InvokeError, Origin, Settings};

/// A component that exports `answer`; its code is not valid when `body` is not.
fn component(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $code (func $unused) (func (export "answer") (result i32) {body}))
            (core instance $made (instantiate $code))
            (func (export "answer") (result u32) (canon lift (core func $made "answer"))))"#
    );
    wat::parse_str(text).unwrap()
}

/// A directory with packages, unsigned, and a manifest for each.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn deploy(&self, id: &str, body: &str) {
        let descriptor = json!({
            "version": 1, "id": format!("test.one.{id}"), "name": "One", "skill_version": "1.0.0", "abi": "typed",
            "methods": [{ "name": "answer", "visibility": "public" }],
        });
        let descriptor = serde_json::from_value(descriptor).unwrap();
        let package = luminarys_package::embed(&component(body), &descriptor).unwrap();
        self.write(&format!("{id}.skill"), &package);
        self.write(
            &format!("{id}.yaml"),
            format!("id: {id}\npath: {id}.skill\n").as_bytes(),
        );
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn settings(&self, ids: &[&str]) -> Settings {
        let manifests = ids
            .iter()
            .map(|id| self.0.path().join(format!("{id}.yaml")));
        Settings {
            manifests: manifests.collect(),
            trust: Trust::Any,
            ..Settings::default()
        }
    }
}

/// A host in which nothing is compiled until the turns are dropped.
async fn held() -> (Orchestrator, Vec<crate::compile_queue::Turn>) {
    let host = Orchestrator::start(Settings::default(), |_| {})
        .await
        .unwrap();
    let turns = host.0.current.lock().await.loads.hold_compiles().await;
    (host, turns)
}

fn names(host: &Orchestrator) -> Vec<String> {
    host.tools().iter().map(|tool| tool.skill.clone()).collect()
}

type Answer = Result<serde_json::Value, InvokeError>;

/// Calls `answer` of a skill, in the background, with a watch on its progress.
fn call(
    host: &Orchestrator,
    id: &str,
) -> (
    tokio::task::JoinHandle<Answer>,
    watch::Receiver<Option<Progress>>,
) {
    let (progress, told) = watch::channel(None);
    let mut context = CallContext::new("");
    context.progress = Some(progress.into());
    let (host, id) = (host.clone(), id.to_owned());
    let calling = tokio::spawn(async move {
        let call = host.invoke(Origin::Client, &id, "answer", json!({}), context);
        call.await.map(|outcome| outcome.value)
    });
    (calling, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_listed_and_calls_wait_during_compilation() {
    let world = World::new();
    world.deploy("a", "i32.const 1");
    world.deploy("b", "i32.const 2");
    let (host, turns) = held().await;
    host.begin_reload(world.settings(&["a", "b"])).await;
    until("the tools", || names(&host) == ["a", "b"]).await;
    assert_eq!(host.unready(), 2);
    let report = host.skill("a").unwrap();
    assert!(report.running && report.loading && report.problem.is_none());
    let (mut calling, mut told) = call(&host, "b");
    told.wait_for(Option::is_some).await.unwrap();
    let message = told.borrow().clone().unwrap().message.unwrap();
    assert!(
        message.contains("the code of b is being compiled"),
        "{message}"
    );
    assert!((&mut calling).now_or_never().is_none());
    drop(turns);
    assert_eq!(calling.await.unwrap().unwrap(), 2);
    host.loaded().await;
    assert_eq!(host.unready(), 0);
    assert!(!host.skill("a").unwrap().loading);
    assert_eq!(call(&host, "a").0.await.unwrap().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_code_removes_the_tools_and_fails_waiting_calls() {
    let world = World::new();
    world.deploy("good", "i32.const 1");
    world.deploy("broken", "i64.const 1");
    let (host, turns) = held().await;
    let settings = world.settings(&["good", "broken"]);
    host.begin_reload(settings.clone()).await;
    until("the tools", || names(&host) == ["broken", "good"]).await;
    let (calling, mut told) = call(&host, "broken");
    told.wait_for(Option::is_some).await.unwrap();
    let mut changes = host.tools_changed();
    changes.mark_unchanged();
    drop(turns);
    let error = calling.await.unwrap().unwrap_err().to_string();
    assert!(
        error.contains("broken is not loaded") && error.contains("not a valid component"),
        "{error}"
    );
    host.loaded().await;
    assert!(changes.has_changed().unwrap());
    assert_eq!(names(&host), ["good"]);
    let report = host.skill("broken").unwrap();
    assert!(!report.running && !report.loading && report.methods.is_empty());
    assert!(report.problem.unwrap().contains("type mismatch"));
    // A reload tries it again, without listing it meanwhile.
    let turns = host.0.current.lock().await.loads.hold_compiles().await;
    changes.mark_unchanged();
    host.begin_reload(settings).await;
    let mut going = host.0.current.lock().await.loads.watch();
    let compiled = |all: &BTreeMap<u64, Stage>| all.values().all(|it| *it == Stage::Compiling);
    going.wait_for(compiled).await.unwrap();
    assert_eq!(names(&host), ["good"]);
    drop(turns);
    host.loaded().await;
    assert!(!changes.has_changed().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_called_package_is_compiled_before_the_rest() {
    let world = World::new();
    let ids = ["a", "b", "c", "d", "e", "f"];
    for id in ids {
        // Each is another package.
        world.deploy(id, "i32.const 1");
    }
    let (host, mut turns) = held().await;
    host.begin_reload(world.settings(&ids)).await;
    until("the tools", || names(&host).len() == ids.len()).await;
    let mut going = host.0.current.lock().await.loads.watch();
    let compiled = |all: &BTreeMap<u64, Stage>| all.values().all(|it| *it == Stage::Compiling);
    going.wait_for(compiled).await.unwrap();
    let (calling, mut told) = call(&host, "e");
    told.wait_for(Option::is_some).await.unwrap();
    let current = host.0.current.lock().await;
    let mut slots = current.slots.iter();
    let slot = slots.find(|slot| slot.entry.report.id == "e").unwrap();
    let number = slot.load.as_ref().unwrap().number;
    drop(slots);
    drop(current);
    // One turn, so that packages are compiled one after the other.
    turns.pop();
    let first = going.wait_for(|all| all.len() < ids.len()).await.unwrap();
    assert!(!first.contains_key(&number), "{first:?}");
    drop(first);
    assert_eq!(calling.await.unwrap().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_that_changes_during_compilation_keeps_no_call_waiting() {
    let world = World::new();
    world.deploy("a", "i32.const 1");
    let (host, turns) = held().await;
    let settings = world.settings(&["a"]);
    host.begin_reload(settings.clone()).await;
    until("the tools", || names(&host) == ["a"]).await;
    let (calling, mut told) = call(&host, "a");
    told.wait_for(Option::is_some).await.unwrap();
    // Under the same grants it waits for the current code.
    world.deploy("a", "i32.const 2");
    host.begin_reload(settings.clone()).await;
    let error = calling.await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::Revoked(_)), "{error}");
    until("the tools", || names(&host) == ["a"]).await;
    let (calling, mut told) = call(&host, "a");
    told.wait_for(Option::is_some).await.unwrap();
    // A version that never ran is not kept in place of an invalid one.
    world.write("a.skill", b"broken");
    host.begin_reload(settings.clone()).await;
    let error = calling.await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::Revoked(_)), "{error}");
    world.deploy("a", "i32.const 3");
    drop(turns);
    host.reload(settings).await;
    assert_eq!(call(&host, "a").0.await.unwrap().unwrap(), 3);
}
