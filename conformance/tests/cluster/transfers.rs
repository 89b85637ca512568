//! Files between nodes.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::nats::{Nats, port};
use crate::node::{Machine, Node};
use crate::road::Road;
use crate::world::{MIDDLE, World};

/// How much more memory a host may take while a large file goes through it, in MiB.
const MEMORY: u64 = 64;
/// The size of the file, in MiB.
const SIZE: usize = 256;

/// Adds a machine whose host exchanges the files of a directory with every node, and returns the directory.
pub fn machine<'w>(world: &'w World, name: &str, number: u8) -> (Machine<'w>, PathBuf) {
    machine_on(&format!("nats://{MIDDLE}:{}", port(0)), world, name, number)
}

/// The same, with the URL of its server.
pub fn machine_on<'w>(
    server: &str,
    world: &'w World,
    name: &str,
    number: u8,
) -> (Machine<'w>, PathBuf) {
    let machine = Machine::new(world, name, number);
    let directory = world.path(&format!("{name}/files"));
    std::fs::create_dir_all(&directory).unwrap();
    let entry = format!("{}:rw", directory.display());
    let more = format!(", file_transfer: {{allowed_nodes: ['*'], dirs: [{entry:?}]}}");
    machine.configure(&[server], &more);
    let grants = format!(
        "permissions:\n  fs: {{enabled: true, dirs: [{entry:?}]}}\n  \
         file_transfer: {{enabled: true, allowed_nodes: ['*'], local_dirs: [{entry:?}]}}\n"
    );
    machine.deploy("files", "file-transfer", &grants);
    (machine, directory)
}

pub async fn started(machines: [&Machine<'_>; 2]) -> [Node; 2] {
    let nodes = [machines[0].start().await, machines[1].start().await];
    for node in &nodes {
        node.host.until_ready().await;
        node.until_members(2).await;
    }
    nodes
}

pub fn write_some(path: &Path, mebibytes: usize) {
    let mut file = File::create(path).unwrap();
    for number in 0..mebibytes {
        let block: Vec<u8> = (0..1 << 20)
            .map(|index| ((index ^ number) % 249) as u8)
            .collect();
        file.write_all(&block).unwrap();
    }
}

pub fn are_same(one: &Path, other: &Path) -> bool {
    let compared = Command::new("cmp").args([one, other]).status();
    compared.unwrap().success()
}

pub async fn large_files_take_little_memory() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let ((a, here), (b, there)) = (machine(&world, "a", 0), machine(&world, "b", 1));
    let [a, b] = started([&a, &b]).await;
    let nodes = a.call("files_nodes", json!({})).await.unwrap();
    assert_eq!(nodes, "a*: files\nb: files");
    write_some(&here.join("large"), SIZE);
    let before = [&a, &b].map(|node| node.host.resident_mib());
    let (large, sent) = (here.join("large"), there.join("deep/sent"));
    let remote = format!("node://b{}", sent.display());
    let to = json!({ "source": large, "dest": remote });
    let expected = format!("copied {} → {remote} (local → b)", large.display());
    assert_eq!(a.call("files_copy", to).await.unwrap(), expected);
    let from = json!({ "source": remote, "dest": here.join("back") });
    a.call("files_copy", from).await.unwrap();
    for (node, before) in [&a, &b].into_iter().zip(before) {
        let peak = node.host.peak_resident_mib();
        assert!(peak < before + MEMORY, "{}: {before} {peak}", node.name);
    }
    assert!(are_same(&large, &sent) && are_same(&large, &here.join("back")));
    let listed = format!("node://b{}", there.join("deep").display());
    let listed = a.call("files_list", json!({ "path": listed })).await;
    assert_eq!(listed.unwrap(), format!("{:>12}  sent", SIZE << 20));
}

pub async fn a_full_disk_takes_nothing() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let ((a, here), (b, there)) = (machine(&world, "a", 0), machine(&world, "b", 1));
    world.mount("b/files", 4);
    let [a, _b] = started([&a, &b]).await;
    write_some(&here.join("large"), 8);
    let remote = format!("node://b{}", there.join("large").display());
    let to = json!({ "source": here.join("large"), "dest": remote });
    let error = a.call("files_copy", to).await.unwrap_err();
    let expected = "node b: the file needs 8388608 bytes more; there is space for";
    assert!(error.contains(expected), "{error}");
    assert_eq!(std::fs::read_dir(&there).unwrap().count(), 0);
}

/// There is space when the transfer begins, and others take it.
pub async fn a_disk_that_fills_up_takes_nothing() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let road = Road::to(port(0)).await;
    let (a, here) = machine(&world, "a", 0);
    let (b, there) = machine_on(&road.url(), &world, "b", 1);
    world.mount("b/files", 24);
    let [a, _b] = started([&a, &b]).await;
    write_some(&here.join("large"), 16);
    std::fs::write(there.join("large"), "what was there before").unwrap();
    let remote = format!("node://b{}", there.join("large").display());
    let to = json!({ "source": here.join("large"), "dest": remote });
    road.slow(Duration::from_millis(10));
    let filling = async {
        road.until_carried(road.carried() + (4 << 20)).await;
        let mut other = File::create(there.join("other")).unwrap();
        while other.write_all(&[1; 64 << 10]).is_ok() {}
    };
    let (copied, ()) = tokio::join!(a.call("files_copy", to.clone()), filling);
    let error = copied.unwrap_err();
    assert!(
        error.contains("node b: ") && error.contains("No space left on device"),
        "{error}"
    );
    // What was received is gone, so that others have the space; the older file is whole.
    let mut names: Vec<_> = std::fs::read_dir(&there)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["large", "other"]);
    let older = std::fs::read_to_string(there.join("large")).unwrap();
    assert_eq!(older, "what was there before");
    // Once there is space again, the same call works.
    std::fs::remove_file(there.join("other")).unwrap();
    road.slow(Duration::ZERO);
    a.call("files_copy", to).await.unwrap();
    assert!(are_same(&here.join("large"), &there.join("large")));
}
