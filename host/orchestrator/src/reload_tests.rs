//! Reloads, inside: which deployed skills are kept, their grants, and what ends with them.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use luminarys_grants::Access;
use luminarys_runtime::{Charge, Event};
use luminarys_testing::each_row;
use serde_json::json;

use super::*;
use crate::deployed::Deployed;
use crate::eventually::until;
use crate::{CallContext, InvokeError, Origin};

const COMPONENT: &str = r#"(component
    (core module $code
        (func (export "answer") (result i32) i32.const 42)
        (func (export "spin") (loop $again br $again)))
    (core instance $made (instantiate $code))
    (func (export "answer") (result u32) (canon lift (core func $made "answer")))
    (func (export "spin") (canon lift (core func $made "spin"))))"#;

/// A directory with a package, unsigned, and manifests.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        let method = |name: &str| json!({ "name": name, "visibility": "public" });
        let descriptor = json!({
            "version": 1, "id": "test.empty.one", "name": "Empty", "skill_version": "1.0.0", "abi": "typed",
            "methods": [method("answer"), method("spin")],
        });
        let component = wat::parse_str(COMPONENT).unwrap();
        let described = serde_json::from_value(descriptor).unwrap();
        let package = luminarys_package::embed(&component, &described).unwrap();
        fs::write(world.path("one.skill"), &package).unwrap();
        fs::write(world.path("two.skill"), &package).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn manifest(&self, id: &str, more: &str) {
        let text = format!("id: {id}\npath: one.skill\n{more}");
        fs::write(self.path(&format!("{id}.yaml")), text).unwrap();
    }

    fn settings(&self, ids: &[&str]) -> Settings {
        Settings {
            manifests: ids
                .iter()
                .map(|id| self.path(&format!("{id}.yaml")))
                .collect(),
            trust: Trust::Any,
            ..Settings::default()
        }
    }

    async fn start(&self, ids: &[&str]) -> Orchestrator {
        Orchestrator::start(self.settings(ids), |_| {})
            .await
            .unwrap()
    }
}

fn deployed(orchestrator: &Orchestrator, id: &str) -> Option<Arc<Deployed>> {
    orchestrator.registry().entry(id)?.deployed.clone()
}

#[tokio::test]
async fn unchanged_skills_are_kept() {
    let world = World::new();
    world.manifest("a", "");
    world.manifest("b", "");
    let settings = world.settings(&["a", "b"]);
    let orchestrator = world.start(&["a", "b"]).await;
    let first = ["a", "b"].map(|id| deployed(&orchestrator, id).unwrap());
    world.manifest("b", "runtime: {timeout_ms: 5}\n");
    orchestrator.reload(settings.clone()).await;
    let second = ["a", "b"].map(|id| deployed(&orchestrator, id).unwrap());
    assert!(Arc::ptr_eq(&first[0], &second[0]), "nothing changed");
    assert!(!Arc::ptr_eq(&first[1], &second[1]), "the manifest changed");
    let timeout = second[1].skill.limits().timeout;
    assert_eq!(timeout, Duration::from_millis(5));
    let bounded = Settings {
        memory_limit_mb: Some(1),
        ..settings
    };
    orchestrator.reload(bounded.clone()).await;
    let third = deployed(&orchestrator, "a").unwrap();
    assert!(!Arc::ptr_eq(&second[0], &third), "the host's bound changed");
    assert_eq!(third.skill.limits().memory, 1 << 20);
    let data_dir = Some(world.path("data"));
    let elsewhere = Settings {
        data_dir,
        ..bounded
    };
    orchestrator.reload(elsewhere).await;
    let fourth = deployed(&orchestrator, "a").unwrap();
    assert!(!Arc::ptr_eq(&third, &fourth), "the runtime changed");
    assert_ne!(third.origin.host.generation, fourth.origin.host.generation);
}

/// Pseudo-random numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

const IDS: [&str; 3] = ["a", "b", "c"];
const TOPICS: [&str; 2] = ["one", "two"];

/// The grants of a manifest.
#[derive(Clone, Debug, Default, PartialEq)]
struct Granted {
    topics: Vec<&'static str>,
    variables: Vec<&'static str>,
    directories: Vec<&'static str>,
    others: bool,
    schedule: bool,
}

impl Granted {
    fn random(numbers: &mut Numbers) -> Self {
        let mut some = |all: &[&'static str]| {
            let each = all.iter().copied();
            each.filter(|_| numbers.below(2) == 0).collect()
        };
        Self {
            topics: some(&TOPICS),
            variables: some(&["ONE", "TWO"]),
            directories: some(&["x", "y"]),
            others: some(&["a"]).len() == 1,
            schedule: some(&["a"]).len() == 1,
        }
    }

    fn yaml(&self, world: &World) -> String {
        let dirs = self.directories.iter().map(|name| world.path(name));
        let dirs: Vec<_> = dirs.map(|path| format!("{}:rw", path.display())).collect();
        let env: Vec<_> = self
            .variables
            .iter()
            .map(|name| format!("{name}: x"))
            .collect();
        format!(
            "env: {{{}}}\npermissions: {{fs: {{enabled: true, dirs: {dirs:?}}}, events: {{emit: {:?}}}, schedule: {{enabled: {}}}}}\n\
             invoke_policy: {{can_invoke: {}}}\n",
            env.join(", "),
            self.topics,
            self.schedule,
            if self.others { "['*']" } else { "[]" },
        )
    }

    /// The grants of a deployed skill.
    fn of(deployed: &Deployed, world: &World) -> Self {
        let grants = deployed.skill.grants();
        let file = |name: &&str| world.path(name).join("file").display().to_string();
        let writes = |name: &&str| grants.filesystem.decide(&file(name), Access::Write).is_ok();
        Self {
            topics: TOPICS
                .into_iter()
                .filter(|it| grants.events.decide_emit(it).is_ok())
                .collect(),
            variables: ["ONE", "TWO"]
                .into_iter()
                .filter(|it| grants.env.contains_key(*it))
                .collect(),
            directories: ["x", "y"].into_iter().filter(writes).collect(),
            others: grants.invoke.may_invoke("other").is_ok(),
            schedule: grants.schedule.decide("schedule").is_ok(),
        }
    }
}

/// With random edits: once a reload has read the manifests, every skill runs with exactly what its manifest grants
/// now. An invalid manifest counts as its last valid state; one that is gone, or names another package, allows nothing.
#[tokio::test(flavor = "multi_thread")]
async fn no_skill_has_a_grant_beyond_its_manifest() {
    for seed in 1..=12 {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ seed);
        let world = World::new();
        let rows = ["x", "y"];
        each_row(rows, |name| {
            fs::create_dir(world.path(name)).unwrap();
        });
        // By skill: the grants of its manifest, and the package that it names.
        let mut says: HashMap<&str, Option<(Granted, &str)>> = HashMap::new();
        let orchestrator = world.start(&IDS).await;
        for step in 0..12 {
            let id = IDS[numbers.below(3) as usize];
            let file = world.path(&format!("{id}.yaml"));
            let mut moved = false;
            match numbers.below(6) {
                0 => {
                    let _ = fs::remove_file(&file);
                    says.insert(id, None);
                }
                1 if says.get(id).is_some_and(Option::is_some) => {
                    fs::write(&file, "id: [").unwrap()
                }
                2 => {
                    let granted = Granted::random(&mut numbers);
                    let text = format!("id: {id}\npath: two.skill\n{}", granted.yaml(&world));
                    fs::write(&file, text).unwrap();
                    let before = says.insert(id, Some((granted, "two.skill"))).flatten();
                    moved = before.is_none_or(|(_, package)| package != "two.skill");
                }
                _ => {
                    let granted = Granted::random(&mut numbers);
                    world.manifest(id, &granted.yaml(&world));
                    let before = says.insert(id, Some((granted, "one.skill"))).flatten();
                    moved = before.is_none_or(|(_, package)| package != "one.skill");
                }
            }
            let held = orchestrator.0.current.lock().await.loads.hold().await;
            orchestrator.begin_reload(world.settings(&IDS)).await;
            for id in IDS {
                let granted = says.get(id).cloned().flatten().map(|(granted, _)| granted);
                let found = deployed(&orchestrator, id);
                let found = found.map(|found| Granted::of(&found, &world));
                assert!(
                    found.is_none() || found == granted,
                    "{seed}/{step} {id}: {found:?} {granted:?}"
                );
            }
            assert!(
                !moved || deployed(&orchestrator, id).is_none(),
                "{seed}/{step} another package"
            );
            drop(held);
            orchestrator.loaded().await;
            for id in IDS {
                let granted = says.get(id).cloned().flatten().map(|(granted, _)| granted);
                let found = deployed(&orchestrator, id).map(|found| Granted::of(&found, &world));
                assert_eq!(found, granted, "{seed}/{step} {id} when all is loaded");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_calls_and_events_end_with_the_grants() {
    let world = World::new();
    let granted = "permissions: {events: {subscribe: [t]}}\n";
    world.manifest(
        "a",
        &format!("{granted}runtime: {{max_concurrent_calls: 1}}\n"),
    );
    let orchestrator = world.start(&["a"]).await;
    let peers = orchestrator.0.peers.get().unwrap().clone();
    orchestrator
        .0
        .events
        .add("a", "t", "spin", |_| true)
        .unwrap();
    let event = || Event {
        topic: "t".to_owned(),
        payload: "{}".to_owned(),
        source: "a".to_owned(),
        trace_id: "".into(),
        depth: 1,
    };
    for _ in 0..3 {
        assert_eq!(orchestrator.emit(event()), 1);
        let arguments = ("{}".to_owned(), Charge::default());
        peers
            .defer("a", "spin", arguments, CallContext::new(""))
            .unwrap();
    }
    // A delivery and the deferred calls have begun: one of them runs, the others wait for their turn.
    until("they begin", || {
        orchestrator
            .metrics()
            .contains("luminarys_calls_in_flight 4")
    })
    .await;
    world.manifest("a", granted);
    orchestrator.reload(world.settings(&["a"])).await;
    until("they end", || orchestrator.0.deliveries.is_empty()).await;
    let metrics = orchestrator.metrics();
    let spins = metrics
        .lines()
        .filter(|line| line.starts_with("luminarys_calls_total") && line.contains("spin"));
    let spins: Vec<_> = spins.collect();
    assert_eq!(spins.len(), 1, "{spins:?}");
    assert!(
        spins[0].contains("revoked") && spins[0].ends_with(" 4"),
        "{spins:?}"
    );
    let answer = orchestrator.invoke(Origin::Host, "a", "answer", json!({}), CallContext::new(""));
    assert!(answer.await.is_ok(), "it goes on under its new grants");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_refused_because_of_another_starts_fresh() {
    let world = World::new();
    for id in ["a", "b"] {
        world.manifest(id, "mcp: {mapping: per_skill}\n");
    }
    let orchestrator = world.start(&["b"]).await;
    let first = deployed(&orchestrator, "b").unwrap();
    let weak = Arc::downgrade(&first);
    drop(first);
    // Of two tools with one name, the first gets it.
    fs::write(
        world.path("a.yaml"),
        "id: a\npath: one.skill\nmcp: {mapping: per_method}\n",
    )
    .unwrap();
    let settings = world.settings(&["a", "b"]);
    fs::write(
        world.path("b.yaml"),
        "id: a.answer\npath: one.skill\nmcp: {mapping: per_skill}\n",
    )
    .unwrap();
    orchestrator.reload(settings).await;
    assert!(weak.upgrade().is_none(), "nothing holds what is stopped");
    assert!(deployed(&orchestrator, "a.answer").is_none());
    let settings = world.settings(&["b"]);
    orchestrator.reload(settings).await;
    let again = deployed(&orchestrator, "a.answer").unwrap();
    assert!(!again.ended().is_cancelled());
    let call = || {
        let context = CallContext::new("");
        orchestrator.invoke(Origin::Host, "a.answer", "answer", json!({}), context)
    };
    assert!(call().await.is_ok());
    again.end();
    assert!(matches!(call().await, Err(InvokeError::Revoked(_))));
}
