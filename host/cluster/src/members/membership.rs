//! The membership of this node, over NATS: a bucket in which each node renews its lease.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, StorageType};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::Connection;
use crate::members::error::MembersError;
use crate::members::lease::{Lease, MAX_LEASE, Offer};
use crate::members::renewal::Renewal;
use crate::members::shared::{Shared, lock};
use crate::members::view::{LEASE, Member};
use crate::members::watching::watch_others;
use crate::names::{InstanceName, NodeName};
use crate::refusals::Refusals;
use crate::streams::{bucket, ensure_bucket};

/// How long the server may take to confirm a renewal.
const ANSWER: Duration = Duration::from_millis(1_500);

/// The membership of this node, and its view of the others. Cheap to clone; the node leaves when the last clone is dropped,
/// at the latest when its lease has run out.
#[derive(Clone)]
pub struct Members(Arc<Inner>);

struct Inner {
    node: NodeName,
    shared: Arc<Shared>,
    ended: CancellationToken,
    renewing: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    _end: DropGuard,
}

impl Members {
    /// Makes this node a member, and watches the others. Waits for the lease of an earlier process of this node to run out.
    ///
    /// # Errors
    /// [`MembersError`].
    pub async fn join(
        connection: &Connection,
        host_version: &str,
        offers: Vec<Offer>,
    ) -> Result<Self, MembersError> {
        let mut process = [0; 16];
        getrandom::fill(&mut process).map_err(|error| MembersError::Random(error.to_string()))?;
        let own = Lease {
            process: format!("{:032x}", u128::from_be_bytes(process)),
            host_version: host_version.to_owned(),
            load: 0,
            offers,
        };
        own.encode()?;
        let mut context = jetstream::new(connection.client().clone());
        context.set_timeout(ANSWER);
        let bucket = members_bucket(connection);
        let store = ensure_bucket(&context, bucket.clone()).await?;
        let shared = Arc::new(Shared {
            connection: connection.clone(),
            own: Mutex::new(own),
            view: Mutex::default(),
            offered: tokio::sync::Notify::new(),
            changed: watch::Sender::new(0),
            refusals: Refusals::default(),
            is_member: watch::Sender::new(true),
        });
        let mut renewal = Renewal {
            node: connection.node().clone(),
            context,
            bucket,
            store: store.clone(),
            shared: shared.clone(),
            revision: 0,
        };
        renewal.begin().await?;
        let ended = CancellationToken::new();
        let (renewing, watching) = (ended.clone(), ended.clone());
        let renewing = tokio::spawn(async move {
            tokio::select! {
                () = renewing.cancelled() => {}
                never = renewal.keep() => match never {},
            }
            renewal.leave().await;
        });
        let seen = shared.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = watching.cancelled() => {}
                never = watch_others(&store, &seen) => match never {},
            }
        });
        Ok(Self(Arc::new(Inner {
            node: connection.node().clone(),
            shared,
            renewing: tokio::sync::Mutex::new(Some(renewing)),
            _end: ended.clone().drop_guard(),
            ended,
        })))
    }

    /// Leaves the cluster: gives the lease back, so that the others know at once. It no longer sees them.
    pub async fn leave(&self) {
        self.0.ended.cancel();
        let renewing = self.0.renewing.lock().await.take();
        if let Some(renewing) = renewing
            && let Err(error) = renewing.await
        {
            tracing::error!(%error, "the task that renewed the lease has failed");
        }
        // Only now does nobody say otherwise.
        self.0.shared.is_member.send_replace(false);
    }

    /// Returns the name of this node.
    pub fn node(&self) -> &NodeName {
        &self.0.node
    }

    /// Returns how this node's lease names its process.
    pub fn process(&self) -> String {
        lock(&self.0.shared.own).process.clone()
    }

    /// Replaces what this node offers; the others learn of it at once.
    ///
    /// # Errors
    /// [`MembersError::Lease`]: it is not allowed; nothing has changed.
    pub fn offer(&self, offers: Vec<Offer>) -> Result<(), MembersError> {
        let mut own = lock(&self.0.shared.own);
        let lease = Lease {
            offers,
            ..own.clone()
        };
        lease.encode()?;
        *own = lease;
        drop(own);
        self.0.shared.offered.notify_one();
        Ok(())
    }

    /// Sets how many calls this node is running; the others learn of it with the next renewal.
    pub fn set_load(&self, calls: u32) {
        lock(&self.0.shared.own).load = calls;
    }

    /// Returns all members, this node included, in order of their names.
    pub fn all(&self) -> Vec<Member> {
        let own = Member {
            node: self.0.node.clone(),
            lease: lock(&self.0.shared.own).clone(),
        };
        let mut members = self.0.shared.current_view().members();
        members.push(own);
        members.sort_by(|one, other| one.node.cmp(&other.node));
        members
    }

    /// Returns the nodes that run `instance` and whose offer is accepted, in the order in which to ask them: this node, then
    /// the least loaded. The first of the others is taken to get a call.
    pub fn choose(
        &self,
        instance: &InstanceName,
        accept: impl Fn(&Offer) -> bool,
    ) -> Vec<NodeName> {
        let is_local = {
            let own = lock(&self.0.shared.own);
            let mut offers = own.offers.iter();
            offers.any(|offer| offer.instance == *instance && accept(offer))
        };
        let others = self.0.shared.current_view().choose(instance, accept);
        let own = is_local.then(|| self.0.node.clone());
        own.into_iter().chain(others).collect()
    }

    /// Returns the other nodes that run `instance` and whose offer is accepted, the least loaded first. None is taken to get a
    /// call.
    pub fn others(
        &self,
        instance: &InstanceName,
        accept: impl Fn(&Offer) -> bool,
    ) -> Vec<NodeName> {
        self.0.shared.current_view().running(instance, accept)
    }

    /// Returns a value that changes whenever members or their offers may have.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.shared.changed.subscribe()
    }

    /// Returns whether this node's lease is valid: false while the server cannot be reached, and when another process has taken
    /// its name.
    pub fn is_member(&self) -> watch::Receiver<bool> {
        self.0.shared.is_member.subscribe()
    }
}

/// Returns the settings of the bucket of leases.
pub(crate) fn members_bucket(connection: &Connection) -> Config {
    let max = i32::try_from(MAX_LEASE).unwrap_or(i32::MAX);
    let name = connection.subjects().members_bucket();
    // They need not survive anything, and the disk is for what must.
    Config {
        num_replicas: connection.replicas(),
        ..bucket(&name, LEASE, max, StorageType::Memory)
    }
}
