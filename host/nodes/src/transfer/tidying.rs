//! What this node's configuration allows, and what is left of transfers that nobody went on with.

use std::time::Duration;

use luminarys_cluster::ClusterSettings;
use luminarys_orchestrator::NodePolicy;

/// How often old files are looked for.
const EACH: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens what the configuration allows. A directory that is gone since the configuration was checked closes all of them.
pub(crate) fn policy(settings: &ClusterSettings) -> NodePolicy {
    let (node, section) = (settings.node.as_str(), &settings.file_transfer);
    match NodePolicy::open(node, &section.allowed_nodes, &section.dirs) {
        Ok(policy) => policy,
        Err(error) => {
            tracing::error!("no files are exchanged with other nodes: {error}");
            NodePolicy::closed(node)
        }
    }
}

/// Removes what was received of files that nobody went on with for a day, now and once a day.
pub(crate) async fn tidy(policy: NodePolicy) {
    let mut ticks = tokio::time::interval(EACH);
    loop {
        ticks.tick().await;
        let removed = policy.remove_old_partials().await;
        if removed > 0 {
            tracing::info!(
                removed,
                "removed what was received of files and not gone on with"
            );
        }
    }
}
