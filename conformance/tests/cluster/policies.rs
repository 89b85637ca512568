//! Who may call what across nodes: the policies of both are applied.

use std::time::Duration;

use serde_json::json;

use crate::nats::Nats;
use crate::node::{Machine, Node};
use crate::world::World;

/// Calls until the answer or error contains `expected`: what the other node runs may not be known yet.
async fn until(node: &Node, skill: &str, method: &str, expected: &str) {
    let call = json!({ "skill": skill, "method": method, "arguments": "" });
    let mut last = String::new();
    for _ in 0..250 {
        last = match node.call("caller_pass_on", call.clone()).await {
            Ok(text) | Err(text) => text,
        };
        if last.contains(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{last}\nand not {expected}\n{}", node.host.log());
}

pub async fn both_nodes_decide() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    a.deploy(
        "caller",
        "relay",
        "invoke_policy: { can_invoke: [open, closed] }\n",
    );
    b.deploy(
        "open",
        "echo",
        "invoke_policy: { can_be_invoked_by: [caller] }\n",
    );
    b.deploy(
        "closed",
        "echo",
        "invoke_policy: { can_be_invoked_by: [other] }\n",
    );
    b.deploy(
        "other",
        "echo",
        "invoke_policy: { can_be_invoked_by: ['*'] }\n",
    );
    b.deploy("hidden", "echo", "mcp: { mapping: none }\n");
    let (node_a, node_b) = (a.start().await, b.start().await);
    until(&node_a, "open", "ping", "pong").await;
    until(&node_a, "closed", "ping", "can_be_invoked_by: [\"caller\"]").await;
    until(&node_a, "other", "ping", "can_invoke: [\"other\"]").await;
    let error = node_a
        .client
        .call_tool(crate::host::asking("hidden_ping", json!({})));
    assert!(
        error
            .await
            .unwrap_err()
            .to_string()
            .contains("unknown tool")
    );
    // The other node's policy changes: what this one knows of it is not what counts.
    b.deploy(
        "open",
        "echo",
        "invoke_policy: { can_be_invoked_by: [nobody] }\n",
    );
    until(&node_a, "open", "ping", "can_be_invoked_by: [\"caller\"]").await;
    drop(node_b);
}

pub async fn callbacks_are_not_reached() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    a.deploy("caller", "relay", "invoke_policy: { can_invoke: ['*'] }\n");
    b.deploy(
        "probe",
        "probe",
        "invoke_policy: { can_be_invoked_by: ['*'] }\n",
    );
    let (a, _b) = (a.start().await, b.start().await);
    until(&a, "probe", "inner", "inner").await;
    until(&a, "probe", "on_event", "probe has no method on_event").await;
}
