//! The node: joins the cluster when a NATS server can be reached, and leaves it.

use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{
    ClusterSettings, ConnectError, Connection, Members, MembersError, connect_links,
};
use luminarys_orchestrator::{Orchestrator, Remote};
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::calling::Calling;
use crate::joined::Joined;
use crate::kept::Kept;

/// How long to wait before trying again to join.
const PAUSE: Duration = Duration::from_secs(2);

/// This host as a node of a cluster. When it is dropped, the node leaves, at the latest when its lease has run out.
pub struct Nodes {
    joined: watch::Receiver<Option<Joined>>,
    /// The orchestrator holds it weakly.
    _calling: Arc<dyn Remote>,
    _joining: AbortOnDropHandle<()>,
}

/// A node cannot join its cluster now.
#[derive(Debug, Error)]
pub(crate) enum JoinError {
    /// NATS cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The node cannot become a member.
    #[error(transparent)]
    Members(#[from] MembersError),
}

impl Nodes {
    /// Joins the cluster in the background, and tries again while that is not possible: the host serves its own skills
    /// meanwhile. `kept` is what the orchestrator uses. Must be called within a Tokio runtime.
    pub fn start(settings: ClusterSettings, kept: Kept, orchestrator: Orchestrator) -> Self {
        let (sender, joined) = watch::channel(None);
        let calling: Arc<dyn Remote> = Arc::new(Calling {
            joined: joined.clone(),
            metrics: orchestrator.cluster_metrics(),
        });
        orchestrator.set_remote(Arc::downgrade(&calling));
        let joining = tokio::spawn(async move {
            let joined = until_joined(&settings).await;
            tracing::info!(node = %settings.node, cluster = %settings.cluster, "part of the cluster");
            sender.send_replace(Some(joined.clone()));
            joined.serve(&orchestrator, &kept).await;
        });
        Self {
            joined,
            _calling: calling,
            _joining: AbortOnDropHandle::new(joining),
        }
    }

    /// Offers nothing more, so that other nodes send no calls: the host is about to end. It stays a member meanwhile, since what
    /// it is doing would otherwise count as abandoned.
    pub fn withdraw(&self) {
        if let Some(joined) = &*self.joined.borrow() {
            joined.withdrawn.cancel();
        }
    }

    /// Leaves the cluster, so that the others know at once. Calls that run for others go on.
    pub async fn leave(&self) {
        let joined = self.joined.borrow().clone();
        if let Some(joined) = joined {
            joined.members.leave().await;
        }
    }
}

async fn until_joined(settings: &ClusterSettings) -> Joined {
    let mut told = String::new();
    loop {
        match join(settings).await {
            Ok(joined) => return joined,
            Err(error) => {
                let text = error.to_string();
                // Once, and again when the reason is another one.
                if text != told {
                    tracing::error!(node = %settings.node, cluster = %settings.cluster, "not part of the cluster; trying again: {text}");
                    told = text;
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn join(settings: &ClusterSettings) -> Result<Joined, JoinError> {
    let connection = Connection::open(settings).await?;
    let links = connect_links(connection.clone()).await?;
    let version = env!("CARGO_PKG_VERSION");
    let members = Members::join(&connection, version, Vec::new()).await?;
    Ok(Joined {
        cluster: settings.cluster.clone(),
        connection,
        links,
        members,
        offers: Arc::default(),
        withdrawn: CancellationToken::new(),
    })
}
