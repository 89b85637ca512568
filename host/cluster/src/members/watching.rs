//! Keeps the view of the other nodes up to date.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use async_nats::jetstream::kv::{Entry, Operation, Store, Watch};
use futures::StreamExt as _;

use crate::members::lease::Lease;
use crate::members::shared::{Shared, lock};
use crate::members::view::LEASE;
use crate::names::NodeName;

/// How often leases are looked through for those that have run out, and how long to wait before watching again.
const TICK: Duration = Duration::from_millis(250);

/// Keeps the view of the others up to date, until the future is dropped.
pub(crate) async fn watch_others(store: &Store, shared: &Shared) -> Infallible {
    let connection = &shared.connection;
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut breaks = connection.breaks();
    let mut entries: Option<Watch> = None;
    // When this node's own lease was seen: as long as it is, the others' are.
    let mut seen = Instant::now();
    loop {
        let next = async {
            match entries.as_mut() {
                Some(entries) => entries.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            entry = next => match entry {
                Some(Ok(entry)) if entry.key == connection.node().as_str() => {
                    seen = Instant::now();
                    lock(&shared.view).heard_own(seen);
                }
                Some(Ok(entry)) => noted(shared, entry),
                Some(Err(_)) | None => entries = None,
            },
            Ok(()) = breaks.changed() => entries = None,
            _ = ticks.tick() => {
                drop(shared.current_view());
                if seen.elapsed() > LEASE {
                    entries = None;
                }
                if entries.is_none() && connection.is_connected() {
                    seen = Instant::now();
                    match store.watch_with_history(">").await {
                        Ok(watch) => entries = Some(watch),
                        Err(error) => tracing::debug!(%error, "the members cannot be watched"),
                    }
                }
            }
        }
    }
}

/// Takes note of a lease of another node that was written or given back.
fn noted(shared: &Shared, entry: Entry) {
    let Ok(node) = NodeName::new(&entry.key) else {
        tracing::warn!("the bucket of members holds a key that is not the name of a node");
        return;
    };
    let mut view = lock(&shared.view);
    let has_changed = match entry.operation {
        Operation::Put => match Lease::parse(&entry.value) {
            Ok(lease) => view.heard(node, lease, Instant::now()),
            // It says nothing of the node: servers answer wherever they are told to, so others can put it there.
            Err(error) => {
                if let Some(refused) = shared.refusals.note(Instant::now()) {
                    tracing::warn!(%node, %error, refused, "a lease is refused");
                }
                false
            }
        },
        Operation::Delete | Operation::Purge => view.left(&node),
    };
    drop(view);
    if has_changed {
        shared.changed.send_modify(|changes| *changes += 1);
    }
}
