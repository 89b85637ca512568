//! Two hosts with directories of their own, which run a skill with the functions of `transfer` as methods.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::FutureExt as _;
use luminarys_cluster::FileTransferSection;
use luminarys_nodes::{Kept, Nodes};
use luminarys_orchestrator::{AuditOptions, CallContext, Orchestrator, Origin, Settings};
use luminarys_package::Trust;
use serde_json::{Value, json};

use crate::server::Server;

/// The instance id of the skill.
const SKILL: &str = "copier";

/// What a node allows; `{dir}` is its directory.
#[derive(Clone)]
pub struct Allowed {
    /// The section `permissions` of the manifest.
    pub manifest: String,
    /// The lists of the configuration.
    pub nodes: Vec<String>,
    pub dirs: Vec<String>,
}

impl Allowed {
    /// Allows everything in the directory, with every node.
    pub fn all() -> Self {
        let manifest =
            "file_transfer: {enabled: true, allowed_nodes: ['*'], local_dirs: ['{dir}:rw']}";
        Self {
            manifest: manifest.to_owned(),
            nodes: vec!["*".to_owned()],
            dirs: vec!["{dir}:rw".to_owned()],
        }
    }
}

/// A host that is a node.
pub struct Node {
    pub dir: PathBuf,
    audit: PathBuf,
    manifest: PathBuf,
    settings: Settings,
    orchestrator: Orchestrator,
    nodes: Nodes,
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(target)
}

/// Returns the path of the skill's package.
fn package() -> PathBuf {
    target().join("skills/tools.skill")
}

fn write_manifest(path: &Path, permissions: &str) {
    let package = package();
    let text = format!("id: {SKILL}\npath: {package:?}\npermissions: {{{permissions}}}\n");
    std::fs::write(path, text).unwrap();
}

impl Node {
    /// Starts node `name` in a directory `name` of `place`.
    pub async fn start(server: &Server, place: &Path, name: &str, allowed: &Allowed) -> Self {
        let package = package();
        assert!(
            package.is_file(),
            "these tests need a skill: run scripts/build-guests tools, which builds {}",
            package.display()
        );
        let dir = place.join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let filled = |text: &str| text.replace("{dir}", dir.to_str().unwrap());
        let manifest = place.join(format!("{name}.yaml"));
        write_manifest(&manifest, &filled(&allowed.manifest));
        let audit = place.join(format!("{name}.jsonl"));
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let settings = Settings {
            manifests: vec![manifest.clone()],
            trust: Trust::Any,
            cache_dir: Some(cache.join("transfers")),
            cache_key: Some(cache.join("transfers.key")),
            audit: Some(AuditOptions::new(audit.clone())),
            ..Settings::default()
        };
        let orchestrator = Orchestrator::start(settings.clone(), |_| ()).await.unwrap();
        for skill in orchestrator.skills() {
            assert!(skill.running, "{skill:?}");
        }
        let mut cluster = server.settings(name, None);
        cluster.file_transfer = FileTransferSection {
            allowed_nodes: allowed.nodes.clone(),
            dirs: allowed.dirs.iter().map(|dir| filled(dir)).collect(),
        };
        let kept = Kept::new(cluster.cluster.clone(), cluster.node.clone(), None).unwrap();
        let nodes = Nodes::start(cluster, kept, orchestrator.clone());
        Self {
            dir,
            audit,
            manifest,
            settings,
            orchestrator,
            nodes,
        }
    }

    /// Grants the skill something else; `{dir}` is the directory.
    pub async fn grant(&self, permissions: &str) {
        let permissions = permissions.replace("{dir}", self.dir.to_str().unwrap());
        write_manifest(&self.manifest, &permissions);
        self.orchestrator.reload(self.settings.clone()).await;
    }

    /// Starts two nodes, `a` and `b`, which know of each other.
    pub async fn pair(server: &Server, place: &Path, a: &Allowed, b: &Allowed) -> (Self, Self) {
        let a = Self::start(server, place, "a", a).await;
        let b = Self::start(server, place, "b", b).await;
        for node in [&a, &b] {
            node.until_two().await;
        }
        (a, b)
    }

    /// Waits until the node knows two.
    async fn until_two(&self) {
        for _ in 0..1_000 {
            let nodes = self.call("nodes", json!({})).await.unwrap();
            let is_known = |node: &Value| !node["skills"].as_array().unwrap().is_empty();
            let nodes = nodes.as_array().unwrap();
            if nodes.len() == 2 && nodes.iter().all(is_known) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the other node is not there");
    }

    /// Calls a method of the skill. The error is its text.
    pub async fn call(&self, method: &str, arguments: Value) -> Result<Value, String> {
        self.call_in(CallContext::new(""), method, arguments).await
    }

    pub async fn call_in(
        &self,
        context: CallContext,
        method: &str,
        arguments: Value,
    ) -> Result<Value, String> {
        let called = self
            .orchestrator
            .invoke(Origin::Client, SKILL, method, arguments, context);
        // Its type is large.
        let called = called.boxed();
        let outcome = called.await.map_err(|error| error.to_string())?;
        Ok(outcome.value)
    }

    /// Sends a file of this node's directory to the other node's.
    pub async fn send(&self, to: &Self, file: &str, name: &str) -> Result<Value, String> {
        let (local, remote) = (self.path(file), to.path(name));
        let arguments = json!({ "node": to.name(), "local": local, "remote": remote });
        self.call("send_file", arguments).await
    }

    /// Receives a file of the other node's directory.
    pub async fn receive(&self, from: &Self, file: &str, name: &str) -> Result<Value, String> {
        let (local, remote) = (self.path(name), from.path(file));
        let arguments = json!({ "node": from.name(), "remote": remote, "local": local });
        self.call("receive_file", arguments).await
    }

    pub async fn reachable(&self, node: &Self, name: &str) -> Result<Value, String> {
        let arguments = json!({ "node": node.name(), "path": node.path(name) });
        self.call("reachable", arguments).await
    }

    pub fn name(&self) -> &str {
        self.dir.file_name().unwrap().to_str().unwrap()
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }

    /// Returns the names in the directory.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Returns how many bytes were received of a file that is not whole yet.
    pub fn partly(&self) -> u64 {
        let names = self.names();
        let partial = names
            .iter()
            .find(|name| name.starts_with(".luminarys-part-"));
        let metadata = partial.and_then(|name| std::fs::metadata(self.path(name)).ok());
        metadata.map_or(0, |metadata| metadata.len())
    }

    /// Returns the denials in the audit log.
    pub fn denials(&self) -> String {
        std::fs::read_to_string(&self.audit).unwrap_or_default()
    }

    /// Leaves the cluster.
    pub async fn leave(&self) {
        self.nodes.leave().await;
    }
}
