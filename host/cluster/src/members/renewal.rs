//! Keeps the lease of this node.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use async_nats::jetstream::stream::Config;
use bytes::Bytes;

use crate::members::error::MembersError;
use crate::members::lease::{Lease, LeaseError};
use crate::members::shared::{Shared, lock};
use crate::members::view::LEASE;
use crate::names::NodeName;
use crate::streams::ensure_bucket;

/// How often a node renews its lease.
pub const RENEWAL: Duration = Duration::from_millis(750);
/// How long a node waits for the lease of an earlier process of its name to run out.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long to wait before trying again to write the first lease.
const PAUSE: Duration = Duration::from_millis(250);

/// Keeps the lease of this node.
pub(crate) struct Renewal {
    pub node: NodeName,
    pub context: async_nats::jetstream::Context,
    pub bucket: Config,
    pub store: Store,
    pub shared: Arc<Shared>,
    /// The revision that this node has written last.
    pub revision: u64,
}

/// Why a lease was not renewed.
enum NotRenewed {
    /// Another process has it.
    Taken,
    /// The server said something else, or nothing.
    Failed(String),
}

impl Renewal {
    fn encoded(&self) -> Result<Bytes, LeaseError> {
        lock(&self.shared.own).encode().map(Bytes::from)
    }

    /// Writes the first lease.
    pub async fn begin(&mut self) -> Result<(), MembersError> {
        let (begun, mut is_told) = (Instant::now(), false);
        loop {
            match self.renew().await? {
                Ok(()) => return Ok(()),
                Err(reason) if begun.elapsed() < PATIENCE => {
                    if matches!(reason, NotRenewed::Taken) && !std::mem::replace(&mut is_told, true)
                    {
                        tracing::info!(
                            node = %self.node,
                            "waiting until the lease of an earlier process of this node has run out"
                        );
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(NotRenewed::Taken) => return Err(MembersError::NameTaken(self.node.clone())),
                Err(NotRenewed::Failed(reason)) => return Err(MembersError::Write(reason)),
            }
        }
    }

    /// Renews the lease until the future is dropped.
    pub async fn keep(&mut self) -> Infallible {
        let mut renewed = Instant::now();
        let mut is_taken = false;
        loop {
            let _ = tokio::time::timeout(RENEWAL, self.shared.offered.notified()).await;
            match self.renew().await {
                Ok(Ok(())) => {
                    renewed = Instant::now();
                    is_taken = false;
                }
                // A server that has started anew has lost the bucket, which is in its memory.
                Ok(Err(NotRenewed::Failed(reason))) => {
                    tracing::debug!(reason, "the lease was not renewed");
                    if let Err(error) = ensure_bucket(&self.context, self.bucket.clone()).await {
                        tracing::debug!(%error, "the bucket of members cannot be used");
                    }
                }
                Ok(Err(NotRenewed::Taken)) => {
                    // Once each time.
                    if !std::mem::replace(&mut is_taken, true) {
                        tracing::error!(
                            node = %self.node,
                            "another process has taken the name of this node; give each node a name of its own (cluster.node)"
                        );
                    }
                }
                Err(error) => tracing::error!(%error, "the lease cannot be renewed"),
            }
            let is_member = renewed.elapsed() < LEASE;
            let has_changed = |was: &mut bool| std::mem::replace(was, is_member) != is_member;
            if self.shared.is_member.send_if_modified(has_changed) {
                match is_member {
                    true => tracing::info!("this node is a member of the cluster again"),
                    false => tracing::error!(
                        "this node's lease has run out: it is no member of the cluster"
                    ),
                }
            }
        }
    }

    /// Renews the lease once.
    async fn renew(&mut self) -> Result<Result<(), NotRenewed>, LeaseError> {
        let value = self.encoded()?;
        let failed = |error: &dyn std::fmt::Display| Ok(Err(NotRenewed::Failed(error.to_string())));
        if self.revision > 0 {
            match self
                .store
                .update(self.node.as_str(), value.clone(), self.revision)
                .await
            {
                Ok(revision) => {
                    self.revision = revision;
                    return Ok(Ok(()));
                }
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => {}
                Err(error) => return failed(&error),
            }
        }
        // There is none, or it is of another process, or of this one and its confirmation was lost.
        match self.store.create(self.node.as_str(), value.clone()).await {
            Ok(revision) => {
                self.revision = revision;
                return Ok(Ok(()));
            }
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {}
            Err(error) => return failed(&error),
        }
        let found = match self.store.entry(self.node.as_str()).await {
            Ok(Some(entry)) if entry.operation == Operation::Put => entry,
            Ok(_) => return failed(&"the lease has just run out"),
            Err(error) => return failed(&error),
        };
        let process = lock(&self.shared.own).process.clone();
        let lease = Lease::parse(&found.value);
        if lease.as_ref().is_ok_and(|lease| lease.process == process) {
            self.revision = found.revision;
            return failed(&"a confirmation was lost");
        }
        if lease.is_err() {
            // No process has written it: it is replaced, at once, since it may be written again.
            let replaced = self.store.update(self.node.as_str(), value, found.revision);
            return match replaced.await {
                Ok(revision) => {
                    self.revision = revision;
                    Ok(Ok(()))
                }
                Err(error) => failed(&error),
            };
        }
        self.revision = 0;
        Ok(Err(NotRenewed::Taken))
    }

    /// Gives the lease back.
    pub async fn leave(&self) {
        if self.revision > 0 {
            let left = self
                .store
                .delete_expect_revision(self.node.as_str(), Some(self.revision));
            if let Err(error) = left.await {
                tracing::debug!(%error, "the lease could not be given back; it runs out");
            }
        }
    }
}
