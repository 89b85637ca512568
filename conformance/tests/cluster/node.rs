//! Hosts on machines of their own.

use std::net::Ipv4Addr;
use std::process::{Command, Output};
use std::time::Duration;

use luminarys_conformance::{binary, package};
use serde_json::Value;

use crate::host::{Client, Host, TIMEOUT, TOKEN, asking, connect, protocols, text, tools};
use crate::nats::{CLUSTER, port};
use crate::world::{MIDDLE, World};

/// A host on a machine of its own.
pub struct Node {
    pub name: String,
    pub host: Host,
    pub client: Client,
}

/// The machine of a node, and what its host is to run.
pub struct Machine<'w> {
    world: &'w World,
    pub name: String,
    address: Ipv4Addr,
}

impl<'w> Machine<'w> {
    /// Adds a machine for a node, whose server is the first one.
    pub fn new(world: &'w World, name: &str, number: u8) -> Self {
        let machine = Self {
            world,
            name: name.to_owned(),
            address: world.machine(name, number),
        };
        machine.configure(&[&format!("nats://{MIDDLE}:{}", port(0))], "");
        machine
    }

    /// Writes the configuration. `more` are more keys of the section `cluster`, beginning with a comma.
    pub fn configure(&self, servers: &[&str], more: &str) {
        self.configure_as(&self.name, servers, more);
    }

    /// Writes the configuration of a node whose streams are kept by as many servers.
    pub fn configure_with_replicas(&self, servers: &[&str], replicas: usize) {
        self.write(&self.name, servers, &format!(", replicas: {replicas}"), "");
    }

    /// Writes the configuration of a node with another name.
    pub fn configure_as(&self, node: &str, servers: &[&str], more: &str) {
        self.write(node, servers, "", more);
    }

    fn write(&self, node: &str, servers: &[&str], more_of_nats: &str, more: &str) {
        let (name, address) = (&self.name, self.address);
        let key = package("key").with_extension("pub");
        let cache = self.world.path("cache");
        let secret = self.world.path(&format!("{name}.nk"));
        self.world.write(
            &format!("{name}/luminarys.yaml"),
            &format!(
                "skills: ['*.skill.yaml']\ntrust: [{key:?}]\ndata_dir: data\n\
                 runtime: {{cache_dir: {cache:?}}}\n\
                 http: {{addr: '{address}:8080', auth: {{tokens: [{TOKEN}]}}}}\n\
                 cluster: {{enabled: true, id: {CLUSTER}, node: {node}, nats: {{urls: {servers:?}, nkey: {secret:?}{more_of_nats}}}{more}}}\n"
            ),
        );
    }

    /// Deploys a skill.
    pub fn deploy(&self, id: &str, skill: &str, more: &str) {
        let text = format!("id: {id}\npath: {:?}\n{more}", package(skill));
        self.world
            .write(&format!("{}/{id}.skill.yaml", self.name), &text);
    }

    /// Removes a skill.
    pub fn remove(&self, id: &str) {
        let file = format!("{}/{id}.skill.yaml", self.name);
        std::fs::remove_file(self.world.path(&file)).unwrap();
    }

    fn program(&self) -> Command {
        let mut command = Command::new("ip");
        let place = self.world.path(&self.name);
        command
            .args(["netns", "exec", &self.name])
            .arg(binary())
            .current_dir(&place)
            .env("HOME", place);
        command
    }

    /// Runs a command there.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.program().args(arguments).output().unwrap()
    }

    /// Starts the host, and connects a client from the middle.
    pub async fn start(&self) -> Node {
        let mut program = self.program();
        program.arg("serve");
        let host = Host::start_by(program);
        // Clients of the newer protocol keep the list of tools for a while.
        let [older, _] = protocols();
        let client = connect(&host, TOKEN, older).await.unwrap();
        Node {
            name: self.name.clone(),
            host,
            client,
        }
    }
}

impl Node {
    /// Calls a tool. Returns its text, or the error's, of the tool or of the protocol.
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<String, String> {
        let called = self.client.call_tool(asking(tool, arguments));
        let called = tokio::time::timeout(TIMEOUT, called).await.unwrap();
        match called {
            Ok(answer) if answer.is_error == Some(true) => Err(text(&answer)),
            Ok(answer) => Ok(text(&answer)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Waits until the node lists exactly these tools.
    pub async fn until_tools(&self, expected: &[&str]) {
        let mut listed = Vec::new();
        for _ in 0..1_000 {
            listed = tools(&self.client).await;
            if listed == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!(
            "{} lists {listed:?} and not {expected:?}\n{}",
            self.name,
            self.host.log()
        );
    }

    /// Waits until the node lists a tool.
    pub async fn until_tool(&self, name: &str) {
        for _ in 0..1_000 {
            if tools(&self.client).await.iter().any(|tool| tool == name) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} does not list {name}\n{}", self.name, self.host.log());
    }

    /// Waits until the node sees this many members.
    pub async fn until_members(&self, count: usize) {
        self.until_metric("luminarys_cluster_members", count).await;
    }

    /// Waits until the node's lease is valid.
    pub async fn until_member(&self) {
        self.until_metric("luminarys_cluster_member", 1).await;
    }

    async fn until_metric(&self, metric: &str, expected: usize) {
        let name = format!("{metric}{{cluster=\"{CLUSTER}\",node=\"{}\"}}", self.name);
        let mut seen = None;
        for _ in 0..1_000 {
            seen = self.host.metric_if_any(&name).await;
            #[allow(clippy::cast_precision_loss, reason = "there are few")]
            if seen == Some(expected as f64) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} is {seen:?} and not {expected}\n{}", self.host.log());
    }
}
