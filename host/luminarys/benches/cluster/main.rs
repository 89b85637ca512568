//! The hosts of a cluster, all on this machine and through one NATS server: calls of a skill on the host that the client is connected
//! to, on one other node, and on three of them; and a file of 10 GiB (`FILE_GIB`) from one node to another. Needs
//! `scripts/build-guests` and `scripts/nats-server` first, and as much space for temporary files.

#![allow(dead_code, reason = "the hosts are those of another benchmark")]

#[path = "../host/running.rs"]
mod running;

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use running::{Host, Place, exchange, request};
use serde_json::json;

const CALLS: usize = 3_000;
/// How many clients call at a time where it is measured how many calls a second there can be.
const CLIENTS: usize = 8;
const MESSAGE: &str = "a message of 24 bytes...";
/// How long to wait until a node is known.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> anyhow::Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let package = |name: &str| {
        let package = target.join(format!("skills/{name}.skill")).canonicalize();
        package.with_context(|| format!("scripts/build-guests makes target/skills/{name}.skill"))
    };
    let (echo, files) = (package("echo")?, package("file-transfer")?);
    let directory = tempfile::tempdir()?;
    let nats = Nats::start(&target, directory.path())?;
    let node = |name: &str, skill: Option<&str>| -> anyhow::Result<Host> {
        let place = Place {
            directory: directory.path().join(name),
            packages: Vec::new(),
        };
        let exchanged = place.directory.join("files");
        std::fs::create_dir_all(&exchanged)?;
        let granted = format!("{}:rw", exchanged.display());
        let manifest = format!(
            "id: files\npath: {files:?}\nruntime: {{timeout_ms: 3600000}}\n\
             permissions: {{file_transfer: {{enabled: true, allowed_nodes: ['*'], local_dirs: [{granted:?}]}}}}\n"
        );
        std::fs::write(place.directory.join("files.skill.yaml"), manifest)?;
        if let Some(id) = skill {
            let manifest = format!("id: {id}\npath: {echo:?}\n");
            std::fs::write(place.directory.join("echo.skill.yaml"), manifest)?;
        }
        let config = format!(
            "skills: ['*.skill.yaml']\ntrust: any\nhttp: {{addr: '127.0.0.1:0'}}\nlog: {{level: error}}\n\
             cluster: {{enabled: true, id: bench, node: {name}, nats: {{urls: ['nats://{}']}}, \
             file_transfer: {{allowed_nodes: ['*'], dirs: [{granted:?}]}}}}\n\
             data_dir: data\nruntime: {{cache_dir: ../cache}}\n",
            nats.address
        );
        std::fs::write(place.directory.join("luminarys.yaml"), config)?;
        Host::start(&place)
    };
    let front = node("front", Some("here"))?;
    measure("on the same host", front.address, "here_echo")?;
    let mut others = vec![node("one", Some("there"))?];
    measure("on another node", front.address, "there_echo")?;
    move_file(directory.path(), [&front, &others[0]])?;
    others.push(node("two", Some("there"))?);
    others.push(node("three", Some("there"))?);
    // Until they are known.
    std::thread::sleep(Duration::from_secs(3));
    measure("on three other nodes", front.address, "there_echo")
}

/// Has a file go from the node `front` to the node `one`, and prints how fast it is and how much more memory each host takes.
fn move_file(directory: &Path, hosts: [&Host; 2]) -> anyhow::Result<()> {
    let named = std::env::var("FILE_GIB").ok();
    let size = named.map_or(Ok(10), |size| size.parse::<u64>())? << 30;
    let source = directory.join("front/files/large");
    // It takes no space before it is sent.
    std::fs::File::create(&source)?.set_len(size)?;
    let there = directory.join("one/files/large");
    let arguments = json!({ "source": source, "dest": format!("node://one{}", there.display()) });
    let address = hosts[0].address;
    let request = request(address, "files_copy", &arguments)?;
    let before = [hosts[0].resident()?, hosts[1].resident()?];
    let begun = Instant::now();
    let mut connection = BufReader::new(TcpStream::connect(address)?);
    exchange(&mut connection, &request, "copied")?;
    let seconds = begun.elapsed().as_secs_f64();
    let after = [hosts[0].peak_resident()?, hosts[1].peak_resident()?];
    ensure!(std::fs::metadata(&there)?.len() == size, "it is not whole");
    std::fs::remove_file(&there)?;
    println!(
        "a file of {} GiB       {:.0} MB/s; at most {} MiB more in the sender, {} MiB in the receiver",
        size >> 30,
        size as f64 / seconds / 1e6,
        after[0].saturating_sub(before[0]) >> 10,
        after[1].saturating_sub(before[1]) >> 10
    );
    Ok(())
}

/// Prints the time of a call of a tool, and how many a second there can be.
fn measure(which: &str, address: SocketAddr, tool: &str) -> anyhow::Result<()> {
    let request = request(address, tool, &json!({ "message": MESSAGE }))?;
    let begun = Instant::now();
    while let Err(error) = calls(address, &request, 1) {
        ensure!(begun.elapsed() < PATIENCE, "{tool}: {error}");
        std::thread::sleep(Duration::from_millis(100));
    }
    calls(address, &request, CALLS / 10)?;
    let mut times = calls(address, &request, CALLS)?;
    times.sort();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let clients = (0..CLIENTS).map(|_| scope.spawn(|| calls(address, &request, CALLS)));
        let clients: Vec<_> = clients.collect();
        clients.into_iter().try_for_each(|client| {
            let called = client
                .join()
                .map_err(|_| anyhow::anyhow!("a client failed"))?;
            called.map(drop)
        })
    })?;
    let a_second = (CLIENTS * CALLS) as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{which:<21} p50 {:?}, p99 {:?}; {CLIENTS} at a time: {a_second:.0} calls/s",
        times[CALLS / 2],
        times[CALLS * 99 / 100]
    );
    Ok(())
}

/// Makes calls one after the other, over one connection, and returns how long each took.
fn calls(address: SocketAddr, request: &str, count: usize) -> anyhow::Result<Vec<Duration>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut connection = BufReader::new(stream);
    let one = |_| {
        let begun = Instant::now();
        exchange(&mut connection, request, MESSAGE)?;
        Ok(begun.elapsed())
    };
    (0..count).map(one).collect()
}

/// A NATS server that asks for no key.
struct Nats {
    process: Child,
    address: SocketAddr,
}

impl Nats {
    fn start(target: &Path, directory: &Path) -> anyhow::Result<Self> {
        let found = std::env::var_os("NATS_SERVER").map(PathBuf::from);
        let program = found.unwrap_or_else(|| target.join("tools/nats-server"));
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new(&program)
            .args(["-a", "127.0.0.1", "-p", &address.port().to_string(), "-js"])
            .arg("-sd")
            .arg(directory.join("jetstream"))
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                let program = program.display();
                format!("scripts/nats-server makes {program}")
            })?;
        Ok(Self { process, address })
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
