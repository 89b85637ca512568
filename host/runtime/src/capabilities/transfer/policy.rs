//! What decides on a transfer: the manifest of the skill, and the configuration of this node.

use std::error::Error;
use std::sync::Arc;

use luminarys_audit::CallAudit;
use luminarys_filesystem::{Caller, Filesystem};
use luminarys_grants::{Access, Denial, Grants};

use super::node::NodePolicy;

/// The capability, as denials and the audit log name it.
pub(super) const TRANSFER: &str = "transfer";

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
    let own = own.map_err(|denial| of_configuration(denial, policy))?;
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
    let own = own.map_err(|denial| of_configuration(denial, policy))?;
    Ok(own.rule.clone())
}

/// Explains a denial of this node's configuration, which no line of a manifest lifts.
fn of_configuration(denial: Denial, policy: &NodePolicy) -> Denial {
    let (reason, line, node) = (denial.reason, in_section(&denial.rule), &policy.node);
    let reason = format!(
        "{reason}; to allow it, the operator of node {node} adds to the section cluster of the host's configuration: {line}, and \
         restarts the host"
    );
    let rule = format!(
        "none in a manifest: the configuration of node {node} needs, in its section cluster: {line}"
    );
    Denial::new(TRANSFER, &denial.target, reason, rule)
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
