//! Nodes that are not trusted.

use std::time::Duration;

use serde_json::json;

use crate::host::{TOKEN, connect, protocols, tools};
use crate::nats::{Nats, make_key};
use crate::node::Machine;
use crate::world::World;

pub async fn a_stranger_sees_nothing() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a"]);
    let (a, stranger) = (
        Machine::new(&world, "a", 0),
        Machine::new(&world, "stranger", 1),
    );
    a.deploy("echo", "echo", "");
    make_key(&world, "stranger");
    stranger.deploy("evil", "echo", "");
    let (a, stranger) = (a.start().await, stranger.start().await);
    a.until_members(1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    // It serves its own skills, and neither sees the others' nor is seen.
    stranger
        .until_tools(&["evil_echo", "evil_ping", "evil_reverse"])
        .await;
    a.until_tools(&["echo_echo", "echo_ping", "echo_reverse"])
        .await;
    a.until_members(1).await;
    let log = stranger.host.log();
    assert!(log.contains("not part of the cluster"), "{log}");
}

pub async fn two_nodes_of_one_name() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a"]);
    let (a, double) = (
        Machine::new(&world, "a", 0),
        Machine::new(&world, "double", 1),
    );
    a.deploy("echo", "echo", "");
    std::fs::copy(world.path("a.nk"), world.path("double.nk")).unwrap();
    double.configure_as("a", &["nats://10.77.0.1:4222"], "");
    let (a, double) = (a.start().await, double.start().await);
    a.until_members(1).await;
    let mut log = String::new();
    for _ in 0..700 {
        log = double.host.log();
        if log.contains("another process is member of the cluster as a") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(log.contains("give each node a name of its own"), "{log}");
    // The first one goes on.
    let [_, newer] = protocols();
    let client = connect(&a.host, TOKEN, newer).await.unwrap();
    assert_eq!(tools(&client).await.len(), 3);
    a.call("echo_ping", json!({})).await.unwrap();
}
