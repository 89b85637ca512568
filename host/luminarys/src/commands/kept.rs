//! What a host keeps together with the other nodes of its cluster.

use anyhow::Context as _;
use luminarys_cluster::Connection;
use luminarys_nodes::Kept;
use luminarys_orchestrator::Clustered;

use crate::config::Config;
use crate::output;

/// Returns what this host keeps together with the others, if it is to be a node.
pub(super) fn of_node(config: &Config) -> anyhow::Result<Option<Kept>> {
    let Some(settings) = &config.cluster else {
        return Ok(None);
    };
    let data_dir = config.settings.data_dir.as_deref();
    let kept = Kept::new(settings.cluster.clone(), settings.node.clone(), data_dir);
    kept.context("the directory `cluster` in data_dir cannot be made")
        .map(Some)
}

/// Returns what one call uses of what the cluster keeps. The node itself may be running, and stays the one that makes scheduled
/// calls and delivers events.
pub(super) async fn of_call(config: &Config) -> anyhow::Result<Clustered> {
    let Some(settings) = &config.cluster else {
        return Ok(Clustered::default());
    };
    // Copies in memory: the files are the node's.
    let kept = Kept::new(settings.cluster.clone(), settings.node.clone(), None)?;
    let connected = async {
        let connection = Connection::open(settings).await?;
        kept.connect(&connection).await?;
        anyhow::Ok(())
    };
    if let Err(error) = connected.await {
        let cluster = &settings.cluster;
        output::tell(format_args!(
            "shared namespaces and scheduled calls of the cluster {cluster} cannot be used: {error:#}"
        ));
    }
    Ok(Clustered {
        router: None,
        ..kept.clustered()
    })
}
