//! What decides on a transfer: the manifest of the skill, and the configuration of this node.

use std::error::Error;
use std::sync::Arc;

use luminarys_audit::CallAudit;
use luminarys_filesystem::{Caller, Filesystem};
use luminarys_grants::{Access, Denial, Grants};

use super::node::{NodePolicy, TRANSFER};

/// Decides whether files may be exchanged with `node`. Returns the entries that allow it.
///
/// # Errors
/// [`Denial`]
pub(super) fn decide_node(
    grants: &Grants,
    policy: &NodePolicy,
    node: &str,
) -> Result<String, Denial> {
    let manifest = grants.file_transfer.decide_node(node)?;
    let own = policy.grants.decide_node(node);
    let own = own.map_err(|denial| policy.explain(denial))?;
    Ok(format!("{manifest}, {own}"))
}

/// Decides whether this node's configuration allows `access` to a true path. Returns the entry that does.
///
/// # Errors
/// [`Denial`]
pub(super) fn decide_path(
    policy: &NodePolicy,
    path: &str,
    access: Access,
) -> Result<String, Denial> {
    let own = policy.grants.directories.decide(path, access);
    let own = own.map_err(|denial| policy.explain(denial))?;
    Ok(own.rule.clone())
}

/// Returns the files that a skill may exchange, for one transfer: what this node's configuration does not allow is denied, and
/// decisions are recorded.
pub(super) fn files(
    grants: &Grants,
    policy: NodePolicy,
    access: Access,
    audit: Arc<CallAudit>,
) -> Filesystem {
    let files = Filesystem::exchanged(&grants.file_transfer.directories);
    files.for_caller(Arc::new(Deciding {
        policy,
        access,
        audit,
    }))
}

/// Decides for the configuration once the manifest has, and records that.
struct Deciding {
    policy: NodePolicy,
    access: Access,
    audit: Arc<CallAudit>,
}

impl Caller for Deciding {
    fn allowed(&self, path: &str, rule: &str) -> Result<(), Denial> {
        let own = decide_path(&self.policy, path, self.access)?;
        self.audit
            .allowed(TRANSFER, path, &format!("{rule}, {own}"))
    }

    /// A transfer is charged as a whole.
    fn charge(&self, _: u64) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}
