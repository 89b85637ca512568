//! What nodes keep together: shared namespaces, schedules and events.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::nats::Nats;
use crate::node::{Machine, Node};
use crate::world::World;

const SHARED: &str = "permissions: { store: { shared: ['team:rw'] } }\n";
const EMITS: &str = "permissions: { events: { emit: ['orders/*'] } }\n";
const LISTENS: &str = "permissions: { events: { subscribe: ['orders/*'] } }\n";

/// Calls a tool until its text is accepted. Returns it.
async fn until(node: &Node, tool: &str, arguments: Value, accept: impl Fn(&str) -> bool) -> String {
    let mut last = Ok(String::new());
    for _ in 0..600 {
        last = node.call(tool, arguments.clone()).await;
        if let Ok(text) = &last
            && accept(text)
        {
            return text.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{tool}: {last:?}\n{}", node.host.log());
}

pub async fn shared_namespaces_are_one() {
    let world = World::new();
    let mut nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    for machine in [&a, &b] {
        machine.deploy("tools", "tools", SHARED);
    }
    let get = |key: &str| json!({ "key": key, "namespace": "team" });
    let set = |key: &str, value: &str| json!({ "key": key, "value": value, "namespace": "team" });
    // Before it is a node, a host keeps them for itself.
    let file = world.path("a/luminarys.yaml");
    let config = std::fs::read_to_string(&file).unwrap();
    let alone = config.lines().filter(|line| !line.starts_with("cluster:"));
    std::fs::write(&file, alone.collect::<Vec<_>>().join("\n")).unwrap();
    let host = a.start().await;
    host.call("tools_store_set", set("old", "of the host"))
        .await
        .unwrap();
    drop(host);
    std::fs::write(&file, config).unwrap();

    let (node_a, node_b) = (a.start().await, b.start().await);
    let absent = until(&node_a, "tools_store_get", get("old"), |_| true).await;
    assert!(!absent.contains("of the host"), "{absent}");
    let log = node_a.host.log();
    assert!(log.contains("is kept by the cluster lab now"), "{log}");
    until(&node_a, "tools_store_set", set("k", "of a"), |_| true).await;
    until(&node_b, "tools_store_get", get("k"), |text| {
        text.contains("of a")
    })
    .await;
    // A skill's own namespace is its node's.
    let own = json!({ "key": "own", "value": "of a" });
    node_a.call("tools_store_set", own).await.unwrap();
    let own = node_b
        .call("tools_store_get", json!({ "key": "own" }))
        .await;
    assert!(!own.unwrap().contains("of a"));
    // A command beside the node uses the same one.
    let output = b.command(&["call", "tools", "store_get", "key=k", "namespace=team"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("of a"), "{output:?}");
    // Without servers nothing is kept elsewhere instead.
    nats.kill(0);
    let refused = node_b.call("tools_store_set", set("k", "of b")).await;
    assert!(
        refused
            .as_ref()
            .is_err_and(|text| text.contains("cannot be reached")),
        "{refused:?}"
    );
    nats.run(0);
    let kept = until(&node_b, "tools_store_get", get("k"), |_| true).await;
    assert!(kept.contains("of a"), "{kept}");
}

pub async fn an_emptied_server_is_noticed() {
    let world = World::new();
    let mut nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    for machine in [&a, &b] {
        machine.deploy("tools", "tools", SHARED);
    }
    let get = |key: &str| json!({ "key": key, "namespace": "team" });
    let set = |key: &str| json!({ "key": key, "value": "v", "namespace": "team" });
    let (node_a, node_b) = (a.start().await, b.start().await);
    until(&node_a, "tools_store_set", set("k"), |_| true).await;
    until(&node_b, "tools_store_get", get("k"), |text| {
        text.contains('v')
    })
    .await;
    nats.kill(0);
    nats.empty(0);
    nats.run(0);
    for node in [&node_a, &node_b] {
        node.until_members(2).await;
    }
    // Neither reads from its copy, nor writes to the new log: what was acknowledged would be gone without a word.
    let expected = "the NATS servers have another log";
    for node in [&node_a, &node_b] {
        for (tool, arguments) in [("tools_store_get", get("k")), ("tools_store_set", set("l"))] {
            let mut last = node.call(tool, arguments.clone()).await;
            for _ in 0..200 {
                if last.as_ref().is_err_and(|text| text.contains(expected)) {
                    break;
                }
                assert!(last.is_err(), "{tool}: {last:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                last = node.call(tool, arguments.clone()).await;
            }
            let error = last.unwrap_err();
            assert!(error.contains(expected), "{tool}: {error}");
            assert!(
                error.contains("delete cluster/store.redb in the data_dir of each"),
                "{error}"
            );
        }
    }
    // The way out that the message names.
    for node in [node_a, node_b] {
        tokio::task::spawn_blocking(move || node.host.stop())
            .await
            .unwrap();
    }
    for name in ["a", "b"] {
        std::fs::remove_file(world.path(&format!("{name}/data/cluster/store.redb"))).unwrap();
    }
    let (node_a, node_b) = (a.start().await, b.start().await);
    until(&node_a, "tools_store_set", set("m"), |_| true).await;
    until(&node_b, "tools_store_get", get("m"), |text| {
        text.contains('v')
    })
    .await;
}

pub async fn a_server_with_a_full_disk_loses_nothing() {
    let world = World::new();
    world.mount("nats-0", 12);
    let mut nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    for machine in [&a, &b] {
        machine.deploy("tools", "tools", SHARED);
    }
    b.deploy("echo", "echo", "");
    let get = |key: &str| json!({ "key": key, "namespace": "team" });
    let set = |key: &str| json!({ "key": key, "value": "v".repeat(100_000), "namespace": "team" });
    let (node_a, node_b) = (a.start().await, b.start().await);
    until(&node_a, "tools_store_set", set("0"), |_| true).await;
    until(&node_a, "echo_ping", json!({}), |_| true).await;
    let filling = world.path("nats-0/filling");
    {
        let mut file = File::create(&filling).unwrap();
        while file.write_all(&[1; 4 << 10]).is_ok() {}
    }
    let (mut kept, mut error) = (vec!["0".to_owned()], None);
    for number in 1..10 {
        match node_a
            .call("tools_store_set", set(&number.to_string()))
            .await
        {
            Ok(_) => kept.push(number.to_string()),
            Err(text) => error = error.or(Some(text)),
        }
        if error.is_some() {
            break;
        }
    }
    let error = error.unwrap();
    assert!(
        error.contains(
            "may have been made: the log cannot be used: no NATS server has confirmed the write"
        ),
        "{error}"
    );
    // Calls go on, and what was kept can be read.
    node_a.call("echo_ping", json!({})).await.unwrap();
    node_b.call("tools_store_get", get("0")).await.unwrap();
    nats.kill(0);
    std::fs::remove_file(filling).unwrap();
    nats.run(0);
    until(&node_b, "tools_store_set", set("after"), |_| true).await;
    for node in [&node_a, &node_b] {
        for key in kept.iter().map(String::as_str).chain(["after"]) {
            let found = until(node, "tools_store_get", get(key), |_| true).await;
            assert!(found.contains("vvvv"), "{key}");
        }
    }
}

pub async fn schedules_outlive_their_node() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    for machine in [&a, &b] {
        machine.deploy("relay", "relay", "");
    }
    let (node_a, node_b) = (a.start().await, b.start().await);
    until(&node_b, "relay_waiting", json!({}), |text| text == "0").await;
    let later = |text: &str, delay: u64| json!({ "text": text, "delay": delay });
    until(&node_a, "relay_later", later("after", 4_000), |_| true).await;
    until(&node_b, "relay_waiting", json!({}), |text| text == "1").await;
    drop(node_a); // kills it
    until(&node_b, "relay_last", json!({}), |text| {
        text.contains("after")
    })
    .await;
    until(&node_b, "relay_waiting", json!({}), |text| text == "0").await;
}

pub async fn events_reach_other_nodes() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    a.deploy("mouth", "relay", EMITS);
    b.deploy("ear", "relay", LISTENS);
    let (node_a, node_b) = (a.start().await, b.start().await);
    let pattern = json!({ "pattern": "orders/*" });
    until(&node_b, "ear_listen_to", pattern, |_| true).await;
    let emit = json!({ "topic": "orders/new", "payload": "{\"id\": 7}" });
    until(&node_a, "mouth_emit", emit, |text| text == "1").await;
    let told = |text: &str| text.contains("orders/new {\"id\": 7} mouth;");
    until(&node_b, "ear_last", json!({}), told).await;
}
