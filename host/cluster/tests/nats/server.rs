//! A NATS server for a test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use luminarys_cluster::{
    ClusterName, ClusterSettings, Connection, Credentials, Identity, Links, NodeKey, NodeName,
    connect_links, permissions,
};

/// Returns the path of the server's program.
fn program() -> PathBuf {
    let found = std::env::var_os("NATS_SERVER").map(PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = target.unwrap_or_else(|| repository.join("target"));
    let path = found.unwrap_or_else(|| target.join("tools/nats-server"));
    assert!(
        path.is_file(),
        "these tests need a NATS server: run scripts/nats-server, which builds {}, or name one in NATS_SERVER",
        path.display()
    );
    path
}

pub fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

pub fn cluster() -> ClusterName {
    ClusterName::new("lab").unwrap()
}

/// A server with JetStream, on which some nodes have the permissions that are printed for them. Ends when dropped.
pub struct Server {
    directory: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Server {
    /// Starts one for these nodes.
    pub fn start(nodes: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut identities = Vec::new();
        for name in nodes {
            let key = NodeKey::new().unwrap();
            let seed = directory.path().join(format!("{name}.nk"));
            std::fs::write(seed, key.seed).unwrap();
            identities.push((node(name), Identity::Nkey(key.public)));
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {:?} }}\n{}",
            directory.path().join("jetstream"),
            permissions(&cluster(), &identities).unwrap()
        );
        std::fs::write(directory.path().join("nats.conf"), config).unwrap();
        let mut server = Self {
            directory,
            port,
            process: None,
        };
        server.restart();
        server
    }

    /// Starts the server again, with what it had stored.
    pub fn restart(&mut self) {
        let log = std::fs::File::create(self.directory.path().join("log")).unwrap();
        let process = Command::new(program())
            .arg("-c")
            .arg(self.directory.path().join("nats.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(process);
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server without giving it time for anything.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Sends the server a signal.
    pub fn signal(&self, name: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status();
        assert!(sent.unwrap().success());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Returns the address of the server.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Returns the settings of a node, at another address if one is given.
    pub fn settings(&self, name: &str, url: Option<String>) -> ClusterSettings {
        let seed = self.directory.path().join(format!("{name}.nk"));
        ClusterSettings {
            cluster: cluster(),
            node: node(name),
            urls: vec![url.unwrap_or_else(|| self.url())],
            credentials: Credentials::NkeyFile(seed),
            tls: None,
            replicas: 1,
        }
    }

    /// Connects a node.
    pub async fn connect(&self, name: &str) -> Connection {
        let connected = Connection::open(&self.settings(name, None)).await;
        connected.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Connects a node and returns its links.
    pub async fn links(&self, name: &str) -> Links {
        let links = connect_links(self.connect(name).await).await;
        links.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Connects to the server with the key of a node, but without what keeps it to the rules.
    pub async fn client(&self, name: &str) -> async_nats::Client {
        let seed = std::fs::read_to_string(self.directory.path().join(format!("{name}.nk")));
        async_nats::ConnectOptions::with_nkey(seed.unwrap())
            .custom_inbox_prefix(format!("luminarys.lab.inbox.{name}"))
            .connect(self.url())
            .await
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
