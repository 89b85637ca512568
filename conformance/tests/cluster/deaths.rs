//! Nodes and servers that are killed, stop, and come back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::host::TIMEOUT;
use crate::nats::{Nats, port};
use crate::node::{Machine, Node};
use crate::world::{MIDDLE, World};

/// How soon calls must work again after a node's death.
const RECOVERY: Duration = Duration::from_secs(3);
/// How long servers may have no leader after the death of one.
const LEADERLESS: Duration = Duration::from_secs(9);

/// Calls `echo_ping` until it works. Returns how long that took.
async fn until_served(node: &Node) -> Duration {
    let begun = Instant::now();
    let mut last = String::new();
    while begun.elapsed() < Duration::from_secs(30) {
        match node.call("echo_ping", json!({})).await {
            Ok(_) => return begun.elapsed(),
            Err(error) => last = error,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{last}\n{}", node.host.log());
}

pub async fn a_killed_node_is_left_within_three_seconds() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b", "c"]);
    let a = Machine::new(&world, "a", 0);
    let (b, c) = (Machine::new(&world, "b", 1), Machine::new(&world, "c", 2));
    for machine in [&b, &c] {
        machine.deploy("echo", "echo", "");
    }
    let (a, node_b, node_c) = (a.start().await, b.start().await, c.start().await);
    for node in [&a, &node_b, &node_c] {
        node.until_members(3).await;
    }
    until_served(&a).await;
    drop(node_b); // kills it
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        let took = until_served(&a).await;
        assert!(took < RECOVERY, "{took:?}");
    }
    a.until_members(2).await;
    // It comes back, and is asked again.
    let node_b = b.start().await;
    node_b.until_members(3).await;
    a.until_members(3).await;
    drop(node_c);
    assert!(until_served(&a).await < RECOVERY);
}

pub async fn a_node_that_stops_finishes_its_calls() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    b.deploy("echo", "echo", "");
    b.deploy("probe", "probe", "");
    let (a, b) = (a.start().await, b.start().await);
    until_served(&a).await;
    b.host.until_ready().await;
    let sleeping = a.call("probe_sleep", json!({ "milliseconds": 1_500 }));
    let stopping = async {
        b.host.until_running(1).await;
        tokio::task::spawn_blocking(move || b.host.stop())
            .await
            .unwrap()
    };
    let (slept, _log) = tokio::join!(sleeping, stopping);
    slept.unwrap();
    a.until_members(1).await;
    a.until_tools(&[]).await;
}

pub async fn nats_is_killed_and_comes_back() {
    let world = World::new();
    let mut nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    a.deploy("own", "echo", "");
    b.deploy("echo", "echo", "");
    let (a, b) = (a.start().await, b.start().await);
    until_served(&a).await;
    nats.kill(0);
    // Its own skills work without.
    a.call("own_ping", json!({})).await.unwrap();
    let error = loop {
        match a.call("echo_ping", json!({})).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => break error,
        }
    };
    assert!(!error.is_empty());
    // Once the lease has run out, the tool is not known any more, and why not.
    let begun = Instant::now();
    loop {
        let error = a.call("echo_ping", json!({})).await.unwrap_err();
        if error.contains("not connected to its cluster") {
            break;
        }
        assert!(begun.elapsed() < TIMEOUT, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    nats.run(0);
    for node in [&a, &b] {
        node.until_members(2).await;
    }
    until_served(&a).await;
}

/// The servers need seconds to agree on a new leader for what the lost one led; meanwhile the nodes still know each other.
pub async fn calls_go_on_without_one_server_of_three() {
    const SERVERS: usize = 3;
    let world = World::new();
    let mut nats = Nats::start(&world, SERVERS, &["a", "b"]);
    let urls: Vec<String> = (0..SERVERS)
        .map(|number| format!("nats://{MIDDLE}:{}", port(number)))
        .collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    for machine in [&a, &b] {
        machine.configure_with_replicas(&urls, SERVERS);
    }
    b.deploy("echo", "echo", "");
    let (a, b) = (a.start().await, b.start().await);
    for server in 0..SERVERS {
        for node in [&a, &b] {
            node.until_member().await;
        }
        until_served(&a).await;
        nats.kill(server);
        let begun = Instant::now();
        // Nodes that were connected to this one connect to another.
        while begun.elapsed() < LEADERLESS {
            let took = until_served(&a).await;
            assert!(took < RECOVERY, "{took:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        nats.run(server);
    }
}

/// Clients call through one node while the others are killed and come back. Each call writes a line; none may be written twice, and
/// every call that was answered is written.
pub async fn no_call_runs_twice() {
    const ROUNDS: usize = 4;
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b", "c"]);
    let a = Machine::new(&world, "a", 0);
    let others = [Machine::new(&world, "b", 1), Machine::new(&world, "c", 2)];
    // One file for all.
    let shared = world.path("lines");
    std::fs::create_dir(&shared).unwrap();
    for machine in &others {
        let grant = format!(
            "permissions: {{ fs: {{ enabled: true, dirs: ['{}:rw'] }} }}\n",
            shared.display()
        );
        machine.deploy("fs", "fs", &grant);
    }
    std::fs::write(shared.join("calls.txt"), "").unwrap();
    let a = a.start().await;
    let mut running = [Some(others[0].start().await), Some(others[1].start().await)];
    a.until_members(3).await;
    let file = shared.join("calls.txt");
    let (mut made, mut answered, mut failed) = (0, Vec::new(), Vec::new());
    let mut call = async |answered: &mut Vec<String>| {
        made += 1;
        let line = format!("call-{made}");
        let arguments = json!({ "path": file, "line": line });
        match a.call("fs_append_line", arguments).await {
            Ok(_) => answered.push(line),
            Err(error) => failed.push(error),
        }
    };
    for round in 0..ROUNDS {
        let which = round % 2;
        for _ in 0..10 {
            call(&mut answered).await;
        }
        drop(running[which].take());
        for _ in 0..10 {
            call(&mut answered).await;
        }
        let node = others[which].start().await;
        // It waits until the lease of the killed process has run out.
        node.until_members(3).await;
        running[which] = Some(node);
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let count = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), count, "a call was made twice: {text}");
    for line in &answered {
        assert!(
            lines.contains(&line.as_str()),
            "{line} was answered and not made"
        );
    }
    assert!(
        answered.len() > ROUNDS * 15,
        "{} calls were answered; {failed:?}\n{}\n{}",
        answered.len(),
        running[0].as_ref().unwrap().host.log(),
        running[1].as_ref().unwrap().host.log(),
    );
}
