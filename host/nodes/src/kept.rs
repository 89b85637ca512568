//! What a node keeps together with the others of its cluster.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{
    Claims, ClusterName, Connection, LEASE, Members, NodeName, SharedState, StreamError,
};
use luminarys_orchestrator::{Clustered, SharedStoreSlot};

use crate::events::ClusterRouter;
use crate::schedules::{ClusterSchedules, Making};
use crate::state::{ClusterStore, Replicas};

/// How long to wait before trying again to use what the cluster keeps.
const PAUSE: Duration = LEASE;

/// What a node keeps together with the others of its cluster: namespaces of the store that skills share, and scheduled calls; and
/// what decides which node delivers events. It is made before the node joins, and refuses everything until then. Cheap to clone.
#[derive(Clone)]
pub struct Kept {
    replicas: Replicas,
    store: Arc<ClusterStore>,
    schedules: Arc<ClusterSchedules>,
    pub(crate) router: Arc<ClusterRouter>,
}

impl Kept {
    /// Keeps copies in `data_dir/cluster`, or else in memory. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// The operating system's, when the directory cannot be made.
    pub fn new(cluster: ClusterName, node: NodeName, data_dir: Option<&Path>) -> io::Result<Self> {
        let replicas = Replicas::new(cluster, data_dir)?;
        Ok(Self {
            store: Arc::new(ClusterStore::new(replicas.clone())),
            schedules: Arc::new(ClusterSchedules::new(replicas.clone())),
            router: Arc::new(ClusterRouter::new(node)),
            replicas,
        })
    }

    /// Returns what the orchestrator is to use from its start.
    pub fn clustered(&self) -> Clustered {
        let shared_store = SharedStoreSlot::default();
        shared_store.set(self.store.clone());
        Clustered {
            shared_store,
            schedules: Some(self.schedules.clone()),
            router: Some(self.router.clone()),
        }
    }

    /// Makes what the cluster keeps usable, without being a member: scheduled calls are not made.
    ///
    /// # Errors
    /// [`StreamError`]; it stays as it was, and this can be tried again.
    pub async fn connect(&self, connection: &Connection) -> Result<(), StreamError> {
        let state = SharedState::open(connection).await?;
        self.replicas
            .connect(move |namespace| Arc::new(state.log(namespace)));
        Ok(())
    }

    /// Makes what the cluster keeps usable, and scheduled calls made. Tries again until that is done.
    pub(crate) async fn join(&self, connection: &Connection, members: &Members) {
        let mut told = String::new();
        while let Err(error) = self.try_to_join(connection, members).await {
            let text = error.to_string();
            // Once, and again when the reason is another one.
            if text != told {
                tracing::error!(
                    "what the cluster {} keeps cannot be used; trying again: {text}",
                    self.replicas.cluster()
                );
                told = text;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_to_join(
        &self,
        connection: &Connection,
        members: &Members,
    ) -> Result<(), StreamError> {
        let claims = Claims::open(connection, &members.process()).await?;
        self.connect(connection).await?;
        self.schedules.join(Making {
            claims,
            members: members.clone(),
            node: connection.node().clone(),
        });
        Ok(())
    }
}
