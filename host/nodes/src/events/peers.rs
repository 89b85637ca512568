//! The other nodes, as far as events are concerned.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use luminarys_cluster::NodeName;

use crate::events::outgoing::Outgoing;
use crate::events::subscribers::Subscribers;

/// The other nodes that are members, or have told what they are subscribed to. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Peers(Arc<Mutex<Known>>);

/// What is known of the other nodes.
#[derive(Default)]
pub(super) struct Known {
    /// The events that wait for each member.
    pub outgoing: BTreeMap<NodeName, Arc<Outgoing>>,
    /// What each is subscribed to, and the number of the link on which it told so.
    pub subscribers: BTreeMap<NodeName, (u64, Subscribers)>,
    /// The skills that each member offers.
    pub offered: BTreeMap<NodeName, HashSet<String>>,
    /// How many links there were.
    links: u64,
}

impl Known {
    /// Returns whether a node offers a skill.
    pub fn offers(&self, node: &NodeName, skill: &str) -> bool {
        let offered = self.offered.get(node);
        offered.is_some_and(|skills| skills.contains(skill))
    }

    /// Returns a number for a link.
    pub fn next_link(&mut self) -> u64 {
        self.links += 1;
        self.links
    }
}

impl Peers {
    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
