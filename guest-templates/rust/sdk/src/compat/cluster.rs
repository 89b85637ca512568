//! The nodes of the cluster, and files of theirs, as `permissions.file_transfer` allows.

use serde::{Deserialize, Serialize};

use crate::SkillError;
use crate::skill::transfer;

/// What the node of a host is called that is in no cluster.
const ALONE: &str = "local";
/// What the older SDK calls it, and what each node of a cluster can do: all are equal.
const MASTER: &str = "master";

/// A node.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterNodeInfo {
    /// Its name.
    pub node_id: String,
    /// What it is for: `master`, since all nodes are equal.
    pub role: String,
    /// The skills there.
    pub skills: Vec<String>,
}

/// The current node's name, and all nodes. A host that is in no cluster is the node `master`.
///
/// # Errors
/// When a limit is reached.
pub fn cluster_node_list() -> Result<(String, Vec<ClusterNodeInfo>), SkillError> {
    let nodes = transfer::nodes()?;
    let is_alone = nodes.len() == 1;
    let name = |node: &transfer::Node| match is_alone && node.name == ALONE {
        true => MASTER.to_owned(),
        false => node.name.clone(),
    };
    let current = nodes.iter().find(|node| node.is_this).map(name);
    let infos = nodes.iter().map(|node| ClusterNodeInfo {
        node_id: name(node),
        role: MASTER.to_owned(),
        skills: node.skills.clone(),
    });
    Ok((current.unwrap_or_default(), infos.collect()))
}

/// Sends a file to another node.
///
/// # Errors
/// When it is denied on either node, or cannot be sent.
pub fn file_transfer_send(
    target_node: &str,
    local_path: &str,
    remote_path: &str,
) -> Result<(), SkillError> {
    transfer::send(target_node, local_path, remote_path)?;
    Ok(())
}

/// Gets a file from another node.
///
/// # Errors
/// When it is denied on either node, or cannot be received.
pub fn file_transfer_recv(
    source_node: &str,
    remote_path: &str,
    local_path: &str,
) -> Result<(), SkillError> {
    transfer::receive(source_node, remote_path, local_path)?;
    Ok(())
}
