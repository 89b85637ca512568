//! What this node's configuration allows, whatever manifests grant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use luminarys_blocking::Lane;
use luminarys_filesystem::Filesystem;
use luminarys_grants::{NodeTransferError, TransferGrants};

/// What this node's configuration says of files on their way to other nodes and from them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NodePolicy {
    /// The name of this node.
    pub node: Arc<str>,
    /// What it allows.
    pub grants: Arc<TransferGrants>,
}

impl NodePolicy {
    /// Opens what the configuration of `node` allows.
    ///
    /// # Errors
    /// [`NodeTransferError`] for the first entry that is invalid or whose directory cannot be opened.
    pub fn open(
        node: &str,
        allowed_nodes: &[String],
        dirs: &[String],
    ) -> Result<Self, NodeTransferError> {
        let grants = TransferGrants::of_node(allowed_nodes, dirs)?;
        Ok(Self {
            node: node.into(),
            grants: Arc::new(grants),
        })
    }

    /// Returns the policy of a `node` that exchanges no files.
    pub fn closed(node: &str) -> Self {
        Self {
            node: node.into(),
            grants: Arc::new(TransferGrants::of_closed_node()),
        }
    }

    /// Removes what was received of files that nobody went on with for a day. Returns how many files that were. Dropping the
    /// future ends it soon.
    pub async fn remove_old_partials(&self) -> usize {
        let ended = Arc::new(AtomicBool::new(false));
        let _ending = Ending(ended.clone());
        let files = Filesystem::exchanged(&self.grants.directories);
        let lane = Lane::of_host(1);
        let removing = lane.run(move || {
            files.remove_old_partials(SystemTime::now(), &|| ended.load(Ordering::Relaxed))
        });
        removing.await.unwrap_or_default()
    }
}

/// Sets a flag when it is dropped.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
