//! The cluster that this host is a node of, as skills see it. The runtime knows this node alone; the owner of the cluster
//! implements [`Cluster`].

use std::sync::{Arc, OnceLock, Weak};

use futures::future::BoxFuture;
use luminarys_filesystem::FsError;
use thiserror::Error;

use crate::capabilities::transfer::{IncomingPlace, NodePolicy, OutgoingFile};

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterNode {
    /// Its name.
    pub name: String,
    /// Whether it is this one.
    pub is_this: bool,
    /// The instance ids of the skills that it runs.
    pub skills: Vec<String>,
}

/// What is asked of another node for a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The instance id of the skill.
    pub skill: String,
    /// The call in which it is asked.
    pub request_id: Arc<str>,
    /// The other node.
    pub node: String,
    /// The path there.
    pub path: String,
}

/// A file that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The number of its bytes.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// A file or directory on another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteEntry {
    /// Its path.
    pub path: String,
    /// The number of its bytes; none for a directory.
    pub size: Option<u64>,
}

/// What was asked of another node is not done.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// The other node does not allow it, for the reason that it gives.
    #[error("node {node} denies it: {reason}")]
    Denied {
        /// The other node.
        node: String,
        /// What it says.
        reason: String,
    },
    /// There is no such node, or nothing of that name on it.
    #[error("{0}")]
    NotFound(String),
    /// Something has the name already.
    #[error("{0}")]
    AlreadyExists(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The other node does as much as it may.
    #[error("{0}")]
    Limit(String),
    /// A file of this node cannot be read or written.
    #[error(transparent)]
    Here(#[from] FsError),
    /// It failed there, or on the way, or the other node cannot be reached.
    #[error("{0}")]
    Io(String),
}

/// Is told how many bytes of how many are done.
pub type OnMoved = Box<dyn FnMut(u64, u64) + Send>;

/// The cluster, as a node sees it. Dropping a future ends what it does.
pub trait Cluster: Send + Sync {
    /// Returns all nodes, this one included, in order of their names.
    fn nodes(&self) -> Vec<ClusterNode>;

    /// Returns what this node's configuration allows.
    fn policy(&self) -> NodePolicy;

    /// Sends a file, which this node's policy and the manifest of the skill allow.
    ///
    /// # Errors
    /// [`ClusterError`]; the other node then has no file of that name, or still the earlier one.
    fn send(
        &self,
        errand: Errand,
        file: OutgoingFile,
        on_moved: OnMoved,
    ) -> BoxFuture<'static, Result<Moved, ClusterError>>;

    /// Receives a file.
    ///
    /// # Errors
    /// [`ClusterError`]; the place then has no file, or still the earlier one.
    fn receive(
        &self,
        errand: Errand,
        place: IncomingPlace,
        on_moved: OnMoved,
    ) -> BoxFuture<'static, Result<Moved, ClusterError>>;

    /// Lists what a directory of another node holds, as far as it may be received.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn list(&self, errand: Errand) -> BoxFuture<'static, Result<Vec<RemoteEntry>, ClusterError>>;
}

/// A slot for the cluster, which is joined after the runtime is made, or never. Cheap to clone.
#[derive(Clone, Default)]
pub struct ClusterSlot(Arc<OnceLock<Weak<dyn Cluster>>>);

impl ClusterSlot {
    /// Sets the cluster once; later calls are ignored.
    pub fn set(&self, cluster: Weak<dyn Cluster>) {
        let _ = self.0.set(cluster);
    }

    /// Returns the cluster while this host is a part of it.
    pub fn get(&self) -> Option<Arc<dyn Cluster>> {
        self.0.get()?.upgrade()
    }
}

impl std::fmt::Debug for ClusterSlot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ClusterSlot")
    }
}
