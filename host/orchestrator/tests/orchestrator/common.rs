//! A directory with manifests and packages, and an orchestrator for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use luminarys_orchestrator::{Orchestrator, Settings, SkillReport};
use luminarys_package::{Descriptor, SecretKey, Trust, embed, sign};
use serde_json::{Value, json};

const COMPONENT: &str = r#"(component
    (core module $code
        (func (export "answer") (result i32) i32.const 42)
        (func (export "double") (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
        (func (export "spin") (loop $again br $again))
    )
    (core instance $made (instantiate $code))
    (func (export "answer") (result u32) (canon lift (core func $made "answer")))
    (func (export "double") (param "value" u32) (result u32) (canon lift (core func $made "double")))
    (func (export "inner") (result u32) (canon lift (core func $made "answer")))
    (func (export "on-event") (result u32) (canon lift (core func $made "answer")))
    (func (export "spin") (canon lift (core func $made "spin")))
)"#;

/// A name of 65 characters.
pub const LONG: &str = "value-value-value-value-value-value-value-value-value-value-value";

/// Where a test's files are, and the key its packages are signed with.
pub struct World {
    pub dir: tempfile::TempDir,
    pub key: SecretKey,
}

impl World {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            key: SecretKey::generate().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Replaces a file by renaming, as most programs do.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let (path, temporary) = (self.path(name), self.path("temporary"));
        std::fs::write(&temporary, content).unwrap();
        std::fs::rename(temporary, &path).unwrap();
        path
    }

    /// The settings for these manifests.
    pub fn settings(&self, manifests: &[&str]) -> Settings {
        Settings {
            manifests: manifests.iter().map(|name| self.path(name)).collect(),
            trust: Trust::Keys(vec![self.key.public()]),
            ..Settings::default()
        }
    }

    pub async fn start(&self, manifests: &[&str]) -> Orchestrator {
        Orchestrator::start(self.settings(manifests), |_| {})
            .await
            .unwrap()
    }
}

/// The component with a descriptor, unsigned. `version` and `requirements` vary.
pub fn component(version: &str, requirements: Value) -> Vec<u8> {
    described(COMPONENT, version, requirements)
}

/// The same from this text of the component.
pub fn described(component: &str, version: &str, requirements: Value) -> Vec<u8> {
    let method = |name: &str, visibility: &str| json!({ "name": name, "description": format!("The method {name}."), "visibility": visibility });
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1, "id": "test.numbers.one", "name": "Numbers", "skill_version": version,
        "description": "Numbers for tests.", "abi": "typed", "requirements": requirements,
        "methods": [
            method("answer", "public"), {
                "name": "double", "description": "Twice.", "visibility": "public",
                "params": [{ "name": "value", "description": "What to double.", "required": true }],
            },
            method("inner", "internal"), method("on_event", "callback"), method("spin", "public"),
        ],
    }))
    .unwrap();
    embed(&wat::parse_str(component).unwrap(), &descriptor).unwrap()
}

/// The component with a parameter of `double` that has a name of 65 characters.
pub fn long_named(key: &SecretKey) -> Vec<u8> {
    let text = COMPONENT.replace("\"value\"", &format!("\"{LONG}\""));
    sign(&described(&text, "1.0.0", json!([])), key).unwrap()
}

/// The component, described and signed.
pub fn package(key: &SecretKey, version: &str, requirements: Value) -> Vec<u8> {
    sign(&component(version, requirements), key).unwrap()
}

/// A manifest of instance `id` for `numbers.skill`, with more lines.
pub fn manifest(id: &str, more: &str) -> String {
    format!("id: {id}\npath: numbers.skill\n{more}\n")
}

/// The problem of a report, or nothing.
pub fn problem(report: &SkillReport) -> &str {
    report.problem.as_deref().unwrap_or_default()
}

/// The report that a manifest has.
pub fn of_manifest(orchestrator: &Orchestrator, path: &Path) -> SkillReport {
    orchestrator
        .skills()
        .into_iter()
        .find(|report| report.manifest == path)
        .unwrap()
}

/// The names of the tools.
pub fn tool_names(orchestrator: &Orchestrator) -> Vec<String> {
    orchestrator
        .tools()
        .iter()
        .map(|tool| tool.name.clone())
        .collect()
}

/// Waits for an effect of the watcher, and fails after a long time.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
