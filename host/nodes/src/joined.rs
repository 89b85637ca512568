//! A node that is part of its cluster, and its tasks.

use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{
    ClusterName, Connection, Links, Members, serve_calls, serve_descriptions, serve_transfers,
};
use luminarys_orchestrator::{NodePolicy, NodeState, Orchestrator};
use tokio_util::sync::CancellationToken;

use crate::events;
use crate::kept::Kept;
use crate::offers::Offers;
use crate::others::Others;
use crate::serving::Serving;
use crate::transfer::Served;

/// How often the others are told how much this node has to do.
const LOAD: Duration = Duration::from_millis(250);

/// Why this node does not know what it is asked about.
pub(crate) const NOT_CONNECTED: &str = "it is not connected to its cluster now; try again later";

/// A node that is part of its cluster. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Joined {
    pub cluster: ClusterName,
    pub connection: Connection,
    pub links: Links,
    pub members: Members,
    pub offers: Arc<Offers>,
    /// Cancelled when nothing more is to be offered.
    pub withdrawn: CancellationToken,
    /// Cancelled when the node leaves.
    pub left: CancellationToken,
}

impl Joined {
    /// Returns whether the lease of this node is valid: otherwise it may not hear of the others.
    pub fn is_member(&self) -> bool {
        *self.members.is_member().borrow()
    }

    /// Serves the other nodes, and keeps what each knows of the other up to date, until the future is dropped.
    pub async fn serve(&self, orchestrator: &Orchestrator, policy: NodePolicy, kept: &Kept) {
        let serving = Arc::new(Serving::new(orchestrator.clone()));
        let files = Arc::new(Served::new(orchestrator.clone(), policy));
        tokio::join!(
            serve_calls(&self.links, serving),
            serve_transfers(&self.links, files),
            serve_descriptions(&self.links, self.offers.clone()),
            self.offer(orchestrator),
            kept.join(&self.connection, &self.members),
            events::receive(&kept.router.peers, &self.members, &self.links, orchestrator),
            self.send_events(orchestrator, kept),
            self.tell_load(orchestrator),
            Others::default().follow(&self.members, &self.links, orchestrator),
        );
    }

    /// Sends events to the other nodes until this one leaves.
    async fn send_events(&self, orchestrator: &Orchestrator, kept: &Kept) {
        let peers = &kept.router.peers;
        tokio::select! {
            () = self.left.cancelled() => {}
            () = events::follow(peers, &self.members, &self.links, orchestrator, &self.withdrawn) => {}
        }
    }

    /// Offers the skills that run here.
    async fn offer(&self, orchestrator: &Orchestrator) {
        let mut changes = orchestrator.skills_changed();
        loop {
            changes.mark_unchanged();
            let offered = match self.withdrawn.is_cancelled() {
                true => Vec::new(),
                false => orchestrator.offers(),
            };
            let offers = self.offers.replace(offered);
            if let Err(error) = self.members.offer(offers) {
                tracing::error!("the skills of this node are not offered to the others: {error}");
            }
            if self.withdrawn.is_cancelled() {
                return std::future::pending().await;
            }
            tokio::select! {
                changed = changes.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                () = self.withdrawn.cancelled() => {}
            }
        }
    }

    /// Tells the others how many calls run here, and the operator how this node is.
    async fn tell_load(&self, orchestrator: &Orchestrator) {
        let metrics = orchestrator.cluster_metrics();
        let mut ticks = tokio::time::interval(LOAD);
        loop {
            ticks.tick().await;
            let calls = u32::try_from(orchestrator.load()).unwrap_or(u32::MAX);
            self.members.set_load(calls);
            let state = NodeState {
                is_connected: self.connection.is_connected(),
                is_member: self.is_member(),
                members: self.members.all().len(),
                links: self.links.count(),
            };
            metrics.set(self.cluster.as_str(), self.members.node().as_str(), state);
        }
    }
}
