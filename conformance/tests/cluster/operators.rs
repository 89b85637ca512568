//! What operators see of a cluster.

use serde_json::Value;

use crate::nats::Nats;
use crate::node::Machine;
use crate::world::World;

pub async fn commands_show_the_cluster() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    let told = a.command(&["nodes"]);
    let text = String::from_utf8_lossy(&told.stderr);
    assert!(
        text.contains("no node of the cluster lab is there"),
        "{text}"
    );
    b.deploy("echo", "echo", "");
    let (node_a, node_b) = (a.start().await, b.start().await);
    node_a.until_members(2).await;
    node_a
        .until_tools(&["echo_echo", "echo_ping", "echo_reverse"])
        .await;
    let json = |arguments: &[&str]| -> Value {
        let output = a.command(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let nodes = json(&["nodes", "--json"]);
    let named: Vec<(&str, bool)> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            (
                node["node"].as_str().unwrap(),
                node["here"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(named, [("a", true), ("b", false)]);
    assert_eq!(nodes[1]["skills"][0]["id"], "echo");
    let skills = json(&["list", "--cluster", "--json"]);
    assert_eq!(skills[0]["id"], "echo");
    assert_eq!(skills[0]["versions"][0]["nodes"], serde_json::json!(["b"]));
    // Looking does not disturb the nodes.
    node_a.until_members(2).await;
    let text = String::from_utf8(a.command(&["list", "--cluster"]).stdout).unwrap();
    assert!(text.contains("echo") && text.contains("  b"), "{text}");
    drop(node_b);
}
