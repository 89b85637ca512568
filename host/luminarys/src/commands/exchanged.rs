//! What this host's configuration says of files that skills exchange with other nodes, whatever their manifests grant.

use std::sync::Arc;

use luminarys_cluster::ClusterSettings;
use luminarys_grants::{Access, Denial, ExplainError, Grants, Manifest, Outside};
use luminarys_orchestrator::{NetworkOptions, NodePolicy, explain};

/// Decides whether the configuration allows files to be exchanged with `node`, and `path` where one is asked about. Returns the
/// entries that do.
///
/// # Errors
/// [`ExplainError`]: it does not, or the path is invalid.
pub(super) async fn decide(
    cluster: Option<&ClusterSettings>,
    node: &str,
    path: Option<(String, Access)>,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let Some(settings) = cluster else {
        let rule = "none: the host's configuration connects it, in its section cluster";
        let reason = "this host is not part of a cluster".to_owned();
        return Err(Denial::new("transfer", node, reason, rule).into());
    };
    if node == settings.node.as_str() {
        let rule = "none: files go from one node to another";
        let reason = format!("{node} is the node that the skill runs on");
        return Err(Denial::new("transfer", node, reason, rule).into());
    }
    let policy = opened(settings)?;
    let explained = |denial: Denial| ExplainError::Denied(policy.explain(denial));
    let own = policy.grants.decide_node(node).map_err(explained)?;
    let Some((path, access)) = path else {
        return Ok(own.to_owned());
    };
    let grants = Grants {
        file_transfer: (*policy.grants).clone(),
        ..Grants::default()
    };
    let asked = Outside::Transfer {
        rule: own.to_owned(),
        path,
        access,
    };
    let decided = explain(Arc::new(grants), asked, network).await;
    decided.map_err(|error| match error {
        ExplainError::Denied(denial) => explained(denial),
        other => other,
    })
}

fn opened(settings: &ClusterSettings) -> Result<NodePolicy, ExplainError> {
    let section = &settings.file_transfer;
    let opened = NodePolicy::open(
        settings.node.as_str(),
        &section.allowed_nodes,
        &section.dirs,
    );
    opened.map_err(|error| ExplainError::Invalid(error.to_string()))
}

/// Returns what the manifest of a skill grants of exchanging files and the configuration does not allow.
pub(super) fn left_out(cluster: Option<&ClusterSettings>, manifest: &Manifest) -> Vec<String> {
    let (id, granted) = (&manifest.id, &manifest.permissions.file_transfer);
    if !granted.enabled {
        return Vec::new();
    }
    let Some(settings) = cluster else {
        return vec![format!(
            "{id}: permissions.file_transfer is enabled, and this host is not part of a cluster (section cluster of the configuration)"
        )];
    };
    // That it cannot be opened is told elsewhere.
    let Ok(policy) = opened(settings) else {
        return Vec::new();
    };
    let section = &settings.file_transfer;
    if section.allowed_nodes.is_empty() || section.dirs.is_empty() {
        let nodes: Vec<&str> = granted
            .allowed_nodes
            .iter()
            .map(|node| node.pattern.as_str())
            .collect();
        let dirs: Vec<String> = granted
            .local_dirs
            .iter()
            .map(|directory| {
                let mode = if directory.writable { "rw" } else { "ro" };
                format!("{}:{mode}", directory.path)
            })
            .collect();
        return vec![format!(
            "{id}: permissions.file_transfer has no effect: the configuration must allow it too, in its section cluster: \
             file_transfer: {{ allowed_nodes: {nodes:?}, dirs: {dirs:?} }}"
        )];
    }
    let nodes = granted.allowed_nodes.iter();
    let literal = nodes.filter(|node| !node.pattern.as_str().contains('*'));
    let denied_nodes = literal.filter_map(|entry| {
        let node = entry.pattern.as_str();
        let reason = match node == settings.node.as_str() {
            true => "that is this node, and files go from one node to another".to_owned(),
            false => {
                policy
                    .explain(policy.grants.decide_node(node).err()?)
                    .reason
            }
        };
        Some(format!("{id}: {} grants {node}: {reason}", entry.rule))
    });
    let directories = granted.local_dirs.iter();
    let literal = directories.filter(|directory| !directory.path.contains('*'));
    let denied = literal.filter_map(|directory| {
        // Entries are about true paths.
        let path = std::fs::canonicalize(&directory.path).ok()?;
        let path = path.display().to_string();
        let access = match directory.writable {
            true => Access::Write,
            false => Access::Read,
        };
        let decided = policy.grants.directories.decide(&path, access);
        let denial = policy.explain(decided.err()?);
        Some(format!(
            "{id}: {} grants {path}: {}",
            directory.rule, denial.reason
        ))
    });
    denied_nodes.chain(denied).collect()
}

/// Returns the directories that the configuration names for files between nodes, and that are not there.
pub(super) fn missing(settings: &ClusterSettings) -> Vec<String> {
    let named = settings.file_transfer.dirs.iter();
    let paths = named.map(|entry| entry.rsplit_once(':').map_or(&**entry, |(path, _)| path));
    let literal = paths.filter(|path| !path.contains('*'));
    let missing = literal.filter(|path| !std::path::Path::new(path).exists());
    missing
        .map(|path| {
            format!("cluster.file_transfer.dirs: {path} does not exist; `mkdir -p {path}` makes it")
        })
        .collect()
}
