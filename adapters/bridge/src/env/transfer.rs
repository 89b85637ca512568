//! The nodes of the cluster, and files of theirs.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::transfer;
use crate::wire::{Fields as _, Value};

functions! {
    cluster_node_list = nodes;
    file_transfer_send = send;
    file_transfer_recv = receive;
}

/// What the node of a host is called that is in no cluster.
const ALONE: &str = "local";
/// What the older ABI calls it, and what each node of a cluster can do: all are equal.
const MASTER: &str = "master";

fn nodes(_: &Value<'_>) -> Outcome {
    let nodes = transfer::nodes().map_err(explain)?;
    let is_alone = nodes.len() == 1;
    let name = |node: &transfer::Node| match is_alone && node.name == ALONE {
        true => MASTER.to_owned(),
        false => node.name.clone(),
    };
    let current = nodes.iter().find(|node| node.is_this).map(name);
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(2)
        .text("current_node")
        .text(&current.unwrap_or_default())
        .text("nodes")
        .array(nodes.len());
    for node in &nodes {
        let out = out
            .map(3)
            .text("node_id")
            .text(&name(node))
            .text("role")
            .text(MASTER)
            .text("skills")
            .array(node.skills.len());
        for skill in &node.skills {
            out.text(skill);
        }
    }
    Ok(reply)
}

fn send(request: &Value<'_>) -> Outcome {
    let node = request.text("target_node");
    let (local, remote) = (request.text("local_path"), request.text("remote_path"));
    transfer::send(&node, &local, &remote).map_err(explain)?;
    Ok(Reply::done())
}

fn receive(request: &Value<'_>) -> Outcome {
    let node = request.text("source_node");
    let (local, remote) = (request.text("local_path"), request.text("remote_path"));
    transfer::receive(&node, &remote, &local).map_err(explain)?;
    Ok(Reply::done())
}
