//! What other nodes ask of a skill: they ask for the skill with the same instance id.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use luminarys_accounts::Holder;
use luminarys_audit::CallAudit;
use luminarys_filesystem::{FsError, Reachable};
use luminarys_grants::{Access, Denial};

use super::files::{HELD, IncomingFile, IncomingPlace, OutgoingFile, Steps};
use super::node::NodePolicy;
use super::node::TRANSFER;
use super::policy::{decide_node, decide_path, files};
use super::state::TransferCapability;
use crate::call::CallContext;
use crate::environment::SkillShared;

/// What another node asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The node that asks.
    pub node: &'a str,
    /// The call there, for the audit log.
    pub request_id: &'a str,
    /// What for: `send`, `receive` or `list`, as the skill there calls it.
    pub operation: &'static str,
}

impl Asked<'_> {
    /// Returns the audit log for what is decided.
    pub fn audit(&self, log: &luminarys_audit::AuditLog, skill: &str) -> CallAudit {
        let mut context = CallContext::new("");
        context.client = Some(format!("node:{}", self.node).into());
        context.trace_id = self.request_id.into();
        context.audit(log, skill, self.operation)
    }
}

/// The files of a skill, as far as one request of another node may use them.
pub struct Exchange {
    shared: Arc<SkillShared>,
    policy: NodePolicy,
    ended: Arc<AtomicBool>,
    audit: Arc<CallAudit>,
}

impl Exchange {
    /// Decides whether the skill exchanges files with the node that asks.
    ///
    /// # Errors
    /// [`Denial`], which says to that node who can allow it; it is recorded.
    pub(crate) fn new(
        shared: &Arc<SkillShared>,
        capability: &TransferCapability,
        policy: NodePolicy,
        asked: Asked<'_>,
    ) -> Result<Self, Denial> {
        let exchange = Self {
            audit: Arc::new(asked.audit(&shared.audit, &shared.id)),
            shared: shared.clone(),
            policy,
            ended: capability.ended.clone(),
        };
        let decided = decide_node(&shared.grants, &exchange.policy, asked.node);
        let target = format!("{} for {}", asked.operation, asked.node);
        let noted = decided.and_then(|rule| exchange.audit.allowed(TRANSFER, &target, &rule));
        noted.map_err(|denial| exchange.denied(denial))?;
        Ok(exchange)
    }

    /// Opens a file that is fetched.
    ///
    /// # Errors
    /// [`FsError`]; a denial says who can allow it.
    pub async fn outgoing(&self, path: String) -> Result<OutgoingFile, FsError> {
        let files = self.files(Access::Read);
        let opened = OutgoingFile::open(files, path, self.steps()?).await;
        opened.map_err(|error| self.failed(error))
    }

    /// Opens a place for a file that is sent, with what was received for `key`, 32 hexadecimal digits, within a day.
    ///
    /// # Errors
    /// [`FsError`]; a denial says who can allow it.
    pub async fn incoming(&self, path: String, key: String) -> Result<IncomingFile, FsError> {
        let place = IncomingPlace::new(self.files(Access::Write), path, self.steps()?);
        let opened = place.open(key).await;
        opened.map_err(|error| self.failed(error))
    }

    /// Lists at most `most` entries of a directory that may be fetched.
    ///
    /// # Errors
    /// [`FsError`]; a denial says who can allow it.
    pub async fn reachable(&self, path: String, most: usize) -> Result<Vec<Reachable>, FsError> {
        let (files, policy) = (self.files(Access::Read), self.policy.clone());
        let (ended, held) = (self.ended.clone(), self.steps()?.held);
        let listed = self.shared.lane.run(move || {
            let _held = held;
            let also = |path: &str| decide_path(&policy, path, Access::Read).is_ok();
            files.reachable(&path, most, &also, &|| ended.load(Ordering::Relaxed))
        });
        let listed = listed.await;
        let listed = listed.unwrap_or_else(|error| Err(FsError::Io(error.to_string())));
        listed.map_err(|error| self.failed(error))
    }

    fn files(&self, access: Access) -> luminarys_filesystem::Filesystem {
        files(
            &self.shared.grants,
            self.policy.clone(),
            access,
            self.audit.clone(),
        )
    }

    fn steps(&self) -> Result<Steps, FsError> {
        let held = &self.shared.accounts.held;
        let held = held.charge(Holder::Buffers, HELD);
        let held = held.map_err(|exhausted| FsError::NoRoom {
            what: "a file on its way".to_owned(),
            source: exhausted.into(),
        })?;
        Ok(Steps {
            lane: self.shared.lane.clone(),
            ended: self.ended.clone(),
            held: Arc::new(held),
        })
    }

    fn failed(&self, error: FsError) -> FsError {
        match error {
            FsError::Denied(denial) => FsError::Denied(self.denied(denial)),
            error => error,
        }
    }

    /// Records a denial, and says to the other node whose manifest lacks what.
    fn denied(&self, denial: Denial) -> Denial {
        self.shared.note_denial(&self.audit, &denial);
        if denial.rule.starts_with("none") {
            return denial;
        }
        let (skill, node) = (&self.shared.id, &self.policy.node);
        let reason = format!(
            "{}; to allow it, the operator of node {node} adds to the manifest of {skill}: {}",
            denial.reason, denial.rule
        );
        let rule = format!("none: the manifest of {skill} on node {node} decides");
        Denial {
            reason,
            rule,
            ..denial
        }
    }
}
