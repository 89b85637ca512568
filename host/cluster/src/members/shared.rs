//! What the tasks of a membership share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use crate::connection::Connection;
use crate::members::lease::Lease;
use crate::members::view::View;
use crate::names::NodeName;
use crate::refusals::Refusals;

/// What the tasks of a membership share.
pub(crate) struct Shared {
    pub connection: Connection,
    pub own: Mutex<Lease>,
    pub view: Mutex<View>,
    /// Wakes the task that renews the lease when offers have changed.
    pub offered: Notify,
    /// Counts changes of the view.
    pub changed: watch::Sender<u64>,
    /// Limits warnings of leases that are refused.
    pub refusals: Refusals,
    /// Whether the lease is valid.
    pub is_member: watch::Sender<bool>,
}

impl Shared {
    /// Returns the view of the others without those whose leases have run out.
    pub fn current_view(&self) -> MutexGuard<'_, View> {
        let mut view = lock(&self.view);
        let over = view.expire(Instant::now(), self.connection.lost_for());
        if !over.is_empty() {
            let nodes: Vec<&str> = over.iter().map(NodeName::as_str).collect();
            let nodes = nodes.join(" ");
            // A node that is no member hears of nobody.
            match *self.is_member.borrow() {
                true => tracing::warn!(nodes, "members are gone"),
                false => tracing::debug!(nodes, "members are no longer heard of"),
            }
            self.changed.send_modify(|changes| *changes += 1);
        }
        view
    }
}

/// Locks a mutex; what a panicking task left in it is still usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
