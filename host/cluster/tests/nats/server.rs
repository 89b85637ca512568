//! A NATS server for a test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use luminarys_cluster::{
    ClusterName, ClusterSettings, Connection, Credentials, FileTransferSection, Identity, Links,
    NodeKey, NodeName, TlsSection, connect_links, permissions,
};

use crate::certificates;

/// Returns the path of the server's program.
fn program() -> PathBuf {
    let found = std::env::var_os("NATS_SERVER").map(PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let target = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(target);
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
    /// Starts one for these nodes, which have NKeys.
    pub fn start(nodes: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identities = nodes.iter().map(|name| {
            let key = NodeKey::new().unwrap();
            let seed = directory.path().join(format!("{name}.nk"));
            std::fs::write(seed, key.seed).unwrap();
            (node(name), Identity::Nkey(key.public))
        });
        let permissions = permissions(&cluster(), &identities.collect::<Vec<_>>()).unwrap();
        Self::start_with(directory, &permissions)
    }

    /// Starts one for these nodes, which have certificates.
    pub fn start_with_tls(nodes: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        certificates::write(directory.path(), nodes);
        let identity = |name: &&str| (node(name), Identity::Certificate(format!("CN={name}")));
        let identities: Vec<_> = nodes.iter().map(identity).collect();
        let permissions = permissions(&cluster(), &identities).unwrap();
        let file = |name: &str| directory.path().join(name);
        let tls = format!(
            "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify_and_map: true }}\n",
            file("server.pem"),
            file("server.key"),
            file("ca.pem")
        );
        Self::start_with(directory, &(tls + &permissions))
    }

    /// Starts one with this besides its address and the place of its streams.
    pub fn start_with(directory: tempfile::TempDir, config: &str) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {:?} }}\n{config}",
            directory.path().join("jetstream"),
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
            file_transfer: FileTransferSection::default(),
        }
    }

    /// Returns the settings of a node that has a certificate.
    pub fn settings_with_tls(&self, name: &str) -> ClusterSettings {
        let file = |name: &str| Some(self.directory.path().join(name));
        ClusterSettings {
            credentials: Credentials::Certificate,
            tls: Some(TlsSection {
                ca: file("ca.pem"),
                certificate: file(&format!("{name}.pem")),
                key: file(&format!("{name}.key")),
                first: false,
            }),
            ..self.settings(name, None)
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
