//! Revoked grants end at once, even while other packages are being loaded.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use luminarys_orchestrator::{CallContext, InvokeError, Orchestrator, Origin, Settings};
use luminarys_package::{SecretKey, Trust};
use luminarys_testing::each_row_async;
use serde_json::json;

use crate::common::{World, manifest, package, problem, tool_names, until};

/// A registry that accepts connections and never responds.
struct Silent {
    address: String,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = connections.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                kept.lock().unwrap().push(stream);
            }
        });
        Self {
            address,
            connections,
        }
    }

    /// Writes the manifest `slow.yaml` of a skill whose package is in it.
    fn name_in(&self, world: &World) {
        let (digest, address) = ("0".repeat(64), &self.address);
        let text = format!("id: slow\npath: oci://{address}/team/slow@sha256:{digest}\n");
        world.write("slow.yaml", text);
    }

    fn allow(&self, mut settings: Settings) -> Settings {
        settings.plain_http_registries = vec![self.address.clone()];
        settings
    }

    /// Returns the number of connections.
    fn count(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    /// Waits until the host has closed the first connection.
    async fn until_closed(&self) {
        let mut stream = self.connections.lock().unwrap()[0].try_clone().unwrap();
        let read = tokio::task::spawn_blocking(move || {
            let mut rest = Vec::new();
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            stream.read_to_end(&mut rest)
        });
        read.await.unwrap().expect("the connection is closed");
    }
}

fn needs_token(world: &World) {
    let requirements = json!([{ "kind": "env", "pattern": "TOKEN" }]);
    world.write("numbers.skill", package(&world.key, "1.0.0", requirements));
}

fn runs(orchestrator: &Orchestrator, id: &str) -> bool {
    orchestrator.skill(id).is_some_and(|skill| skill.running)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_registry_does_not_delay_a_revocation() {
    let world = World::new();
    let registry = Silent::start();
    needs_token(&world);
    world.write("a.yaml", manifest("a", "env: {TOKEN: x}"));
    world.write("b.yaml", manifest("b", "env: {TOKEN: x}"));
    let orchestrator = world.start(&["a.yaml"]).await;
    assert!(runs(&orchestrator, "a"));
    world.write("a.yaml", manifest("a", ""));
    registry.name_in(&world);
    let settings = registry.allow(world.settings(&["a.yaml", "slow.yaml", "b.yaml"]));
    let reloading = {
        let orchestrator = orchestrator.clone();
        tokio::spawn(async move { orchestrator.reload(settings).await })
    };
    until("the grant is gone", || !runs(&orchestrator, "a")).await;
    until("another skill is loaded", || runs(&orchestrator, "b")).await;
    let slow = orchestrator.skill("slow").unwrap();
    assert_eq!(problem(&slow), "", "it was waited for");
    assert!(slow.loading && !slow.running && !reloading.is_finished());
    let call = orchestrator.invoke(
        Origin::Host,
        "slow",
        "answer",
        json!({}),
        CallContext::new(""),
    );
    let outcome = call.await.unwrap_err().to_string();
    assert!(outcome.contains("being loaded"), "{outcome}");
    reloading.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_continues_while_others_change_and_ends_when_it_is_not_needed() {
    let world = World::new();
    let registry = Silent::start();
    needs_token(&world);
    registry.name_in(&world);
    world.write("a.yaml", manifest("a", ""));
    let settings = registry.allow(world.settings(&["a.yaml", "slow.yaml"]));
    let mut patient = settings.clone();
    patient.start_timeout = Some(Duration::ZERO);
    let orchestrator = Orchestrator::start(patient, |_| {}).await.unwrap();
    until("it is asked for", || registry.count() == 1).await;
    assert!(orchestrator.skill("slow").unwrap().loading);
    let rows = ["env: {TOKEN: x}", "", "env: {TOKEN: y}"];
    each_row_async(rows, async |line| {
        world.write("a.yaml", manifest("a", line));
        orchestrator.begin_reload(settings.clone()).await;
        until("the other is loaded", || {
            !orchestrator.skill("a").unwrap().loading
        })
        .await;
        assert_eq!(runs(&orchestrator, "a"), !line.is_empty());
    })
    .await;
    assert_eq!(registry.count(), 1, "the pull is not begun anew");
    let without = registry.allow(world.settings(&["a.yaml"]));
    orchestrator.reload(without).await;
    registry.until_closed().await;
    assert!(orchestrator.skill("slow").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_has_a_time_limit() {
    let world = World::new();
    let registry = Silent::start();
    registry.name_in(&world);
    let mut settings = registry.allow(world.settings(&["slow.yaml"]));
    settings.pull_timeout = Duration::from_millis(300);
    let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
    let slow = orchestrator.skill("slow").unwrap();
    assert!(!slow.loading && problem(&slow).contains("pull_timeout_seconds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_with_a_pipe_for_a_secret_delays_no_other() {
    let world = World::new();
    needs_token(&world);
    world.write("a.yaml", manifest("a", "env: {TOKEN: x}"));
    world.write("b.yaml", manifest("b", "env: {TOKEN: x}"));
    let orchestrator = world.start(&["a.yaml", "b.yaml"]).await;
    // Nobody writes to it.
    let pipe = world.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let secret = format!("env: {{TOKEN: {{from_file: {pipe:?}}}}}");
    world.write("a.yaml", manifest("a", &secret));
    world.write("b.yaml", manifest("b", ""));
    orchestrator
        .reload(world.settings(&["a.yaml", "b.yaml"]))
        .await;
    assert!(!runs(&orchestrator, "b"), "revoked all the same");
    let broken = orchestrator.skill("a").unwrap();
    assert!(
        problem(&broken).contains("a named pipe, not a file"),
        "{broken:?}"
    );
    world.write("a.yaml", manifest("a", "env: {TOKEN: y}"));
    orchestrator
        .reload(world.settings(&["a.yaml", "b.yaml"]))
        .await;
    assert!(runs(&orchestrator, "a"));
}

/// A change by the operator while a call runs.
type Change = fn(&World, &mut Settings);

#[tokio::test(flavor = "multi_thread")]
async fn calls_end_when_their_grants_are_revoked() {
    // Whether the call goes on after the change.
    let table: &[(&str, Change, bool)] = &[
        ("nothing", |_, _| {}, true),
        (
            "the package",
            |world, _| {
                world.write("numbers.skill", package(&world.key, "2.0.0", json!([])));
            },
            true,
        ),
        (
            "words",
            |world, _| write(world, "description: other words"),
            true,
        ),
        (
            "tools",
            |world, _| write(world, "mcp: {mapping: per_skill}"),
            true,
        ),
        (
            "a new variable",
            |world, _| write(world, "env: {OLD: x, NEW: y}"),
            true,
        ),
        ("lines", |world, _| write(world, "\n\n"), true),
        (
            "a variable that is gone",
            |world, _| write_whole(world, "id: a\npath: numbers.skill\n"),
            false,
        ),
        (
            "another value",
            |world, _| write_whole(world, "id: a\npath: numbers.skill\nenv: {OLD: y}\n"),
            false,
        ),
        (
            "a topic",
            |world, _| write(world, "permissions: {events: {emit: [t]}}"),
            false,
        ),
        (
            "who it may call",
            |world, _| write(world, "invoke_policy: {can_invoke: [b]}"),
            false,
        ),
        (
            "a limit",
            |world, _| write(world, "runtime: {memory_limit_mb: 20}"),
            false,
        ),
        (
            "schedules",
            |world, _| write(world, "permissions: {schedule: {enabled: false}}"),
            false,
        ),
        (
            "its package's name",
            |world, _| write_whole(world, "id: a\npath: other.skill\nenv: {OLD: x}\n"),
            false,
        ),
        (
            "which package it may be",
            |world, _| write(world, "package: {version: '>=3'}"),
            false,
        ),
        (
            "its id",
            |world, _| write_whole(world, "id: b\npath: numbers.skill\nenv: {OLD: x}\n"),
            false,
        ),
        (
            "its manifest is gone",
            |world, _| std::fs::remove_file(world.path("a.yaml")).unwrap(),
            false,
        ),
        (
            "its package is gone",
            |world, _| std::fs::remove_file(world.path("numbers.skill")).unwrap(),
            false,
        ),
        (
            "it is not named any more",
            |_, settings| settings.manifests.clear(),
            false,
        ),
        (
            "its key is removed",
            |_, settings| settings.trust = Trust::Keys(Vec::new()),
            false,
        ),
        (
            "another key",
            |_, settings| {
                settings.trust = Trust::Keys(vec![SecretKey::generate().unwrap().public()]);
            },
            false,
        ),
        (
            "the host's bound",
            |_, settings| settings.memory_limit_mb = Some(10),
            false,
        ),
    ];
    for (what, change, goes_on) in table {
        let world = World::new();
        world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
        write(&world, "");
        let orchestrator = world.start(&["a.yaml"]).await;
        let context = CallContext::new("");
        let cancel = context.cancel.clone();
        let spinning = {
            let orchestrator = orchestrator.clone();
            tokio::spawn(async move { orchestrator.call_tool("a_spin", json!({}), context).await })
        };
        until("it runs", || {
            orchestrator
                .metrics()
                .contains("luminarys_calls_in_flight 1")
        })
        .await;
        let mut settings = world.settings(&["a.yaml"]);
        change(&world, &mut settings);
        orchestrator.reload(settings).await;
        if *goes_on {
            assert!(!spinning.is_finished(), "{what}");
            cancel.cancel();
            assert!(spinning.await.unwrap().is_err(), "{what}");
        } else {
            let ended = spinning.await.unwrap().unwrap_err();
            assert!(matches!(ended, InvokeError::Revoked(_)), "{what}: {ended}");
            assert!(ended.to_string().contains("the operator"), "{ended}");
        }
    }
}

/// Writes the manifest of `a` with more lines.
fn write(world: &World, more: &str) {
    let env = if more.starts_with("env") {
        ""
    } else {
        "env: {OLD: x}\n"
    };
    world.write("a.yaml", manifest("a", &format!("{env}{more}")));
}

fn write_whole(world: &World, text: &str) {
    world.write("a.yaml", text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_manifest_is_reloaded_while_another_skill_is_pulled() {
    let world = World::new();
    let registry = Silent::start();
    needs_token(&world);
    world.write("a.yaml", manifest("a", "env: {TOKEN: x}"));
    registry.name_in(&world);
    let mut settings = registry.allow(world.settings(&["a.yaml", "slow.yaml"]));
    settings.start_timeout = Some(Duration::ZERO);
    let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
    assert!(runs(&orchestrator, "a"));
    let guard = orchestrator.watch(|| None).unwrap();
    let rows = ["", "env: {TOKEN: y}", ""];
    each_row_async(rows, async |more| {
        world.write("a.yaml", manifest("a", more));
        until("the change", || runs(&orchestrator, "a") != more.is_empty()).await;
        assert_eq!(tool_names(&orchestrator).is_empty(), more.is_empty());
    })
    .await;
    assert!(orchestrator.skill("slow").unwrap().loading);
    assert_eq!(registry.count(), 1);
    drop(guard);
}
