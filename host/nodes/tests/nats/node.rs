//! A node in this process: an orchestrator with skills, and its place in the cluster.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use luminarys_nodes::{Kept, Nodes};
use luminarys_orchestrator::{
    AuditOptions, Event, Orchestrator, ScheduleStore, ScheduledCall, Settings,
};
use luminarys_package::{Descriptor, Trust, embed};
use serde_json::json;

use crate::server::{Server, cluster, node};

const COMPONENT: &str = r#"(component
    (core module $code
        (func (export "answer") (result i32) i32.const 42)
        (func (export "spin") (loop $again br $again))
    )
    (core instance $made (instantiate $code))
    (func (export "answer") (result u32) (canon lift (core func $made "answer")))
    (func (export "on-event") (result u32) (canon lift (core func $made "answer")))
    (func (export "spin") (canon lift (core func $made "spin")))
    (func (export "spin-again") (canon lift (core func $made "spin")))
)"#;

/// What the skills are subscribed to, as far as their manifests allow it.
const SUBSCRIPTIONS: &str = r#"{
    "numbers": { "orders/**": "on_event" },
    "third": { "orders/*": "on_event" }
}"#;

/// A node in this process.
pub struct Node {
    pub dir: tempfile::TempDir,
    pub kept: Kept,
    pub nodes: Nodes,
    pub orchestrator: Orchestrator,
}

/// Returns the package of all tests.
fn package() -> Vec<u8> {
    let method = |name: &str, hints: &[&str]| json!({ "name": name, "description": format!("The method {name}."), "visibility": "public", "hints": hints });
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1, "id": "test.numbers.one", "name": "Numbers", "skill_version": "1.0.0",
        "description": "Numbers for tests.", "abi": "typed", "requirements": [],
        "methods": [
            method("answer", &[]), method("on_event", &[]), method("spin", &[]), method("spin_again", &["idempotent"]),
        ],
    }))
    .unwrap();
    embed(&wat::parse_str(COMPONENT).unwrap(), &descriptor).unwrap()
}

impl Node {
    /// Starts a node that runs these skills, with these lines in their manifests, and waits until it is a member.
    pub async fn start(server: &Server, name: &str, skills: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("numbers.skill"), package()).unwrap();
        let mut manifests: Vec<PathBuf> = Vec::new();
        for (id, more) in skills {
            let manifest = path(&format!("{id}.yaml"));
            let limits = "runtime: { timeout_ms: 20000, cpu_timeout_ms: 20000 }";
            std::fs::write(
                &manifest,
                format!("id: {id}\npath: numbers.skill\n{limits}\n{more}\n"),
            )
            .unwrap();
            manifests.push(manifest);
        }
        let data = path("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("subscriptions.json"), SUBSCRIPTIONS).unwrap();
        let kept = Kept::new(cluster(), node(name), Some(&data)).unwrap();
        let settings = Settings {
            manifests,
            trust: Trust::Any,
            data_dir: Some(data),
            audit: Some(AuditOptions::new(path("audit.jsonl"))),
            clustered: kept.clustered(),
            ..Settings::default()
        };
        let orchestrator = Orchestrator::start(settings, |_| {}).await.unwrap();
        for report in orchestrator.skills() {
            assert!(report.running, "{:?}", report.problem);
        }
        orchestrator.run_schedules();
        let nodes = Nodes::start(
            server.settings(name, None),
            kept.clone(),
            orchestrator.clone(),
        );
        let node = Self {
            dir,
            kept,
            nodes,
            orchestrator,
        };
        let schedules = node.schedules();
        until("the node uses what the cluster keeps", async || {
            let schedules = schedules.clone();
            let read = tokio::task::spawn_blocking(move || schedules.of("any").is_ok());
            read.await.unwrap()
        })
        .await;
        node
    }

    /// Returns its scheduled calls.
    pub fn schedules(&self) -> std::sync::Arc<dyn ScheduleStore> {
        self.kept.clustered().schedules.unwrap()
    }

    /// Schedules a call in some milliseconds, as its skill does.
    pub async fn schedule(&self, skill: &str, method: &str, delay: u64) -> String {
        let (schedules, skill) = (self.schedules(), skill.to_owned());
        let call = ScheduledCall {
            method: method.to_owned(),
            arguments: json!({}),
        };
        let added =
            tokio::task::spawn_blocking(move || schedules.add(&skill, now() + delay, &call, 100));
        added.await.unwrap().unwrap()
    }

    /// Returns how often a method has ended.
    pub fn calls(&self, skill: &str, method: &str) -> u64 {
        let of = format!("luminarys_calls_total{{skill=\"{skill}\",method=\"{method}\"");
        let metrics = self.orchestrator.metrics();
        let lines = metrics.lines().filter(|line| line.starts_with(&of));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    /// Emits an event in the name of one of its skills. Returns how many get it.
    pub fn emit(&self, source: &str, topic: &str) -> u32 {
        let event = Event {
            topic: topic.to_owned(),
            payload: "{}".to_owned(),
            source: source.to_owned(),
            trace_id: "trace".into(),
            depth: 1,
        };
        self.orchestrator.emit(event)
    }

    /// Returns the denials in its audit log that contain `text`.
    pub fn denials(&self, text: &str) -> usize {
        let log = std::fs::read_to_string(self.dir.path().join("audit.jsonl"));
        log.unwrap_or_default()
            .lines()
            .filter(|line| line.contains(text))
            .count()
    }
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Waits until a condition holds, and fails after a long time.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
