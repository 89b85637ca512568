//! NATS servers in the middle of a world.

use std::fmt::Write as _;
use std::fs::File;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use luminarys_conformance::binary;
use luminarys_conformance::host::repository;

use crate::world::{MIDDLE, World};

/// The name of the cluster.
pub const CLUSTER: &str = "lab";

fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| repository().join("target"));
    let path = target.join("tools/nats-server");
    assert!(
        path.is_file(),
        "these tests need {}, which scripts/nats-server makes",
        path.display()
    );
    path
}

/// The servers of a test, which know some nodes.
pub struct Nats {
    servers: Vec<Option<Child>>,
    stores: Vec<PathBuf>,
    configs: Vec<PathBuf>,
    logs: Vec<PathBuf>,
}

impl Nats {
    /// Starts `count` servers. Each node gets a key, `NODE.nk` in the world's directory.
    pub fn start(world: &World, count: usize, nodes: &[&str]) -> Self {
        let mut arguments = ["cluster", "permissions", "--id", CLUSTER].join(" ");
        for node in nodes {
            let public = make_key(world, node);
            write!(arguments, " {node}={public}").unwrap();
        }
        let permissions = luminarys(arguments.split(' '));
        let mut nats = Self {
            servers: Vec::new(),
            stores: Vec::new(),
            configs: Vec::new(),
            logs: Vec::new(),
        };
        for number in 0..count {
            let routes: Vec<String> = (0..count)
                .map(|other| format!("\"nats://{MIDDLE}:{}\"", 6222 + other))
                .collect();
            let cluster = match count {
                1 => String::new(),
                _ => format!(
                    "cluster {{ name: test, listen: \"{MIDDLE}:{}\", routes: [{}] }}\n",
                    6222 + number,
                    routes.join(", ")
                ),
            };
            let name = format!("nats-{number}");
            let text = format!(
                "server_name: {name}\nlisten: \"{MIDDLE}:{}\"\n\
                 jetstream {{ store_dir: {:?}, sync_interval: always }}\n{cluster}{permissions}",
                port(number),
                world.path(&name),
            );
            world.write(&format!("{name}.conf"), &text);
            nats.configs.push(world.path(&format!("{name}.conf")));
            nats.logs.push(world.path(&format!("{name}.log")));
            nats.stores.push(world.path(&name));
            nats.servers.push(None);
            nats.run(number);
        }
        nats
    }

    /// Starts a server, with what it had stored.
    pub fn run(&mut self, number: usize) {
        let log = File::create(&self.logs[number]).unwrap();
        let child = Command::new(program())
            .arg("-c")
            .arg(&self.configs[number])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.servers[number] = Some(child);
        let begun = Instant::now();
        while TcpStream::connect((MIDDLE, port(number))).is_err() {
            let log = std::fs::read_to_string(&self.logs[number]).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(30), "{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Empties the disk of a server that was killed.
    pub fn empty(&self, number: usize) {
        std::fs::remove_dir_all(&self.stores[number]).unwrap();
    }

    /// Kills a server.
    pub fn kill(&mut self, number: usize) {
        let mut server = self.servers[number].take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

/// Returns the port of a server.
pub fn port(number: usize) -> u16 {
    4222 + u16::try_from(number).unwrap()
}

/// Makes the key of a node. Returns its public part.
pub fn make_key(world: &World, node: &str) -> String {
    let file = world.path(&format!("{node}.nk"));
    let printed = luminarys(["cluster", "key", file.to_str().unwrap()]);
    printed.trim().to_owned()
}

/// Runs the binary, and returns what it prints.
fn luminarys<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = Command::new(binary()).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}
