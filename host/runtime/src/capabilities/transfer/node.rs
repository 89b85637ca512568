//! What this node's configuration allows, whatever manifests grant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use luminarys_blocking::Lane;
use luminarys_filesystem::Filesystem;
use luminarys_grants::{Denial, NodeTransferError, TransferGrants};

/// The capability, as denials and the audit log name it.
pub(super) const TRANSFER: &str = "transfer";

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

    /// Explains a denial of this node's configuration, which no line of a manifest lifts.
    pub fn explain(&self, denial: Denial) -> Denial {
        let (reason, line, node) = (denial.reason, in_section(&denial.rule), &self.node);
        let reason = format!(
            "{reason}; to allow it, the operator of node {node} adds to the section cluster of the host's configuration: {line}, and \
             restarts the host"
        );
        let rule = format!(
            "none in a manifest: the configuration of node {node} needs, in its section cluster: {line}"
        );
        Denial::new(TRANSFER, &denial.target, reason, rule)
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

/// Returns the lines for the section `cluster` that a key with dots stands for.
fn in_section(rule: &str) -> String {
    let nested = rule
        .strip_prefix("cluster.")
        .and_then(|rest| rest.split_once('.'));
    match nested {
        Some((key, rest)) => format!("{key}: {{ {rest} }}"),
        None => rule.to_owned(),
    }
}

/// Sets a flag when it is dropped.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
