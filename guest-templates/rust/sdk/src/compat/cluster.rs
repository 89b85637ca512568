//! The cluster that there is not: this host is its only node.

use serde::{Deserialize, Serialize};

use crate::SkillError;
use crate::skill::{Error, context};

/// What the only node is called.
const NODE: &str = "master";

/// A node.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterNodeInfo {
    /// Its name.
    pub node_id: String,
    /// What it is for.
    pub role: String,
    /// The skills there.
    pub skills: Vec<String>,
}

/// The current node's name, and all nodes: this host, with this skill.
///
/// # Errors
/// None; the older function had some.
pub fn cluster_node_list() -> Result<(String, Vec<ClusterNodeInfo>), SkillError> {
    let node = ClusterNodeInfo {
        node_id: NODE.to_owned(),
        role: NODE.to_owned(),
        skills: vec![context::get_call().skill],
    };
    Ok((NODE.to_owned(), vec![node]))
}

fn unavailable() -> SkillError {
    Error::Unavailable("cluster mode is not enabled".to_owned()).into()
}

/// Would send a file to another node.
///
/// # Errors
/// Always: there is none.
pub fn file_transfer_send(
    _target_node: &str,
    _local_path: &str,
    _remote_path: &str,
) -> Result<(), SkillError> {
    Err(unavailable())
}

/// Would get a file from another node.
///
/// # Errors
/// Always: there is none.
pub fn file_transfer_recv(
    _source_node: &str,
    _remote_path: &str,
    _local_path: &str,
) -> Result<(), SkillError> {
    Err(unavailable())
}
