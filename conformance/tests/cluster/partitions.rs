//! Nodes whose road to the server is cut, slow, or stalls.

use std::time::Duration;

use serde_json::json;

use crate::nats::{Nats, port};
use crate::node::Machine;
use crate::road::Road;
use crate::world::World;

pub async fn a_node_that_is_cut_off_serves_its_own() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    a.deploy("own", "echo", "");
    b.deploy("echo", "echo", "");
    let (a, b) = (a.start().await, b.start().await);
    let all = [
        "echo_echo",
        "echo_ping",
        "echo_reverse",
        "own_echo",
        "own_ping",
        "own_reverse",
    ];
    a.until_tools(&all).await;
    world.cut("b", true);
    a.until_members(1).await;
    a.until_tools(&all[3..]).await;
    a.call("own_ping", json!({})).await.unwrap();
    world.cut("b", false);
    a.until_members(2).await;
    a.until_tools(&all).await;
    a.call("echo_ping", json!({})).await.unwrap();
    drop(b);
}

pub async fn slow_and_stalling_roads() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    let road = Road::to(port(0)).await;
    b.configure(&[&road.url()], "");
    b.deploy("echo", "echo", "");
    let (a, _b) = (a.start().await, b.start().await);
    a.until_members(2).await;
    let mut is_served = false;
    for _ in 0..500 {
        is_served = a.call("echo_ping", json!({})).await.is_ok();
        if is_served {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(is_served, "{}", a.host.log());
    road.slow(Duration::from_millis(60));
    for _ in 0..5 {
        a.call("echo_ping", json!({})).await.unwrap();
    }
    road.slow(Duration::ZERO);
    // Nothing arrives any more: a call ends all the same.
    road.stall(true);
    let error = a.call("echo_ping", json!({})).await.unwrap_err();
    assert!(error.contains("node b"), "{error}");
    a.until_members(1).await;
    road.stall(false);
    a.until_members(2).await;
    // Connections break in the middle of calls.
    for _ in 0..5 {
        let calling = a.call("echo_ping", json!({}));
        road.break_connections();
        let _ = calling.await;
    }
    a.until_members(2).await;
    for _ in 0..200 {
        if a.call("echo_ping", json!({})).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{}", a.host.log());
}
