//! How much of something each other node has, of which none may have more than its share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::names::NodeName;

/// How much each other node has. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shares(Arc<Inner>);

struct Inner {
    most: u64,
    taken: Mutex<HashMap<NodeName, u64>>,
    /// Wakes who waits for something to be given back.
    given_back: Notify,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<NodeName, u64>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one node has taken, until this is dropped.
pub(crate) struct Share {
    shares: Shares,
    node: NodeName,
    amount: u64,
}

impl Shares {
    /// Gives each node at most `most`.
    pub fn new(most: u64) -> Self {
        Self(Arc::new(Inner {
            most,
            taken: Mutex::default(),
            given_back: Notify::new(),
        }))
    }

    /// Begins a share of a node with nothing.
    pub fn of(&self, node: &NodeName) -> Share {
        Share {
            shares: self.clone(),
            node: node.clone(),
            amount: 0,
        }
    }
}

impl Share {
    /// Takes `amount` more. Returns false, and takes nothing, when the node would have more than its share.
    #[must_use]
    pub fn grow(&mut self, amount: u64) -> bool {
        let mut taken = self.shares.0.lock();
        let all = taken.get(&self.node).copied().unwrap_or_default();
        let Some(more) = all
            .checked_add(amount)
            .filter(|more| *more <= self.shares.0.most)
        else {
            return false;
        };
        if more > 0 {
            taken.insert(self.node.clone(), more);
        }
        self.amount += amount;
        true
    }

    /// Takes `amount` more as soon as the node has given enough back. Returns false, and takes nothing, when that takes longer
    /// than `limit`.
    #[must_use]
    pub async fn grow_within(&mut self, amount: u64, limit: Duration) -> bool {
        let shares = self.shares.clone();
        let grown = async {
            loop {
                let given_back = shares.0.given_back.notified();
                tokio::pin!(given_back);
                // Before looking, so that nothing is missed.
                given_back.as_mut().enable();
                if self.grow(amount) {
                    return;
                }
                given_back.await;
            }
        };
        tokio::time::timeout(limit, grown).await.is_ok()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.0.lock();
        let Some(all) = taken.get_mut(&self.node) else {
            return;
        };
        *all -= self.amount;
        if *all == 0 {
            taken.remove(&self.node);
        }
        drop(taken);
        self.shares.0.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_has_its_share_and_gives_it_back() {
        let node = |name| NodeName::new(name).unwrap();
        let shares = Shares::new(10);
        let mut first = shares.of(&node("a"));
        let mut second = shares.of(&node("a"));
        let mut other = shares.of(&node("b"));
        assert!(first.grow(0) && first.grow(6) && second.grow(4) && other.grow(10));
        assert!(!first.grow(1) && !second.grow(u64::MAX) && !other.grow(1));
        drop(first);
        assert!(second.grow(6) && !second.grow(1));
        drop((second, other));
        assert!(shares.0.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_waits_for_its_share_as_long_as_it_may() {
        let node = NodeName::new("a").unwrap();
        let shares = Shares::new(10);
        let (mut first, mut second) = (shares.of(&node), shares.of(&node));
        assert!(first.grow(6));
        let limit = Duration::from_secs(5);
        assert!(!second.grow_within(5, limit).await);
        let giving_back = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(first);
        };
        let (grown, ()) = tokio::join!(second.grow_within(5, limit), giving_back);
        assert!(grown);
    }
}
