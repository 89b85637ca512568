//! The node: joins the cluster when a NATS server can be reached, and leaves it.

use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{
    ClusterSettings, ConnectError, Connection, Members, MembersError, check_permitted,
    connect_links,
};
use luminarys_orchestrator::{Cluster, Orchestrator, Remote};
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::calling::Calling;
use crate::joined::Joined;
use crate::kept::Kept;
use crate::transfer::{Reaching, policy, tidy};

/// How long to wait before trying again to join.
const PAUSE: Duration = Duration::from_secs(2);

/// How often it is looked whether all links have ended.
const TICK: Duration = Duration::from_millis(20);

/// This host as a node of a cluster. When it is dropped, it no longer serves the others; [`Nodes::leave`] tells them.
pub struct Nodes {
    joined: watch::Receiver<Option<Joined>>,
    /// The orchestrator holds it weakly.
    _calling: Arc<dyn Remote>,
    /// And this.
    _reaching: Arc<dyn Cluster>,
    _joining: AbortOnDropHandle<()>,
    _tidying: AbortOnDropHandle<()>,
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
        let policy = policy(&settings);
        let reaching: Arc<dyn Cluster> = Arc::new(Reaching {
            joined: joined.clone(),
            policy: policy.clone(),
            orchestrator: orchestrator.clone(),
        });
        orchestrator.set_cluster(Arc::downgrade(&reaching));
        let tidying = tokio::spawn(tidy(policy.clone()));
        let joining = tokio::spawn(async move {
            let joined = until_joined(&settings).await;
            tracing::info!(node = %settings.node, cluster = %settings.cluster, "part of the cluster");
            sender.send_replace(Some(joined.clone()));
            joined.serve(&orchestrator, policy, &kept).await;
        });
        Self {
            joined,
            _calling: calling,
            _reaching: reaching,
            _joining: AbortOnDropHandle::new(joining),
            _tidying: AbortOnDropHandle::new(tidying),
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
            joined.left.cancel();
            joined.members.leave().await;
        }
    }

    /// Waits at most `limit` until what runs for other nodes has ended and the results are sent.
    pub async fn settle(&self, limit: Duration) {
        let joined = self.joined.borrow().clone();
        let Some(joined) = joined else { return };
        let settled = async {
            while joined.links.count() > 0 {
                tokio::time::sleep(TICK).await;
            }
            joined.connection.flush().await;
        };
        let settled = tokio::time::timeout(limit, settled).await;
        let links = joined.links.count();
        if settled.is_err() && links > 0 {
            tracing::warn!("{links} links to other nodes are cut off");
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
    // Otherwise it would be refused what comes next without a reason.
    check_permitted(&connection).await?;
    // Before others reach this node: what an earlier process of it had offered is gone then.
    let version = env!("CARGO_PKG_VERSION");
    let members = Members::join(&connection, version, Vec::new()).await?;
    let links = connect_links(connection.clone()).await?;
    Ok(Joined {
        cluster: settings.cluster.clone(),
        connection,
        links,
        members,
        offers: Arc::default(),
        withdrawn: CancellationToken::new(),
        left: CancellationToken::new(),
    })
}
