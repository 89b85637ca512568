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
    denied.collect()
}
