//! What a node knows of the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::members::lease::{Lease, Offer};
use crate::names::{InstanceName, NodeName};

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_millis(2_500);

/// How many other nodes are known at most.
const MAX_MEMBERS: usize = 10_000;

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub node: NodeName,
    /// What it last told of itself.
    pub lease: Lease,
}

/// What is known of one other node.
#[derive(Debug)]
struct Known {
    lease: Lease,
    heard: Instant,
    /// How many calls were sent to it since: its load has grown by as many.
    sent: u32,
}

/// What a node knows of the others.
#[derive(Debug, Default)]
pub(crate) struct View {
    others: BTreeMap<NodeName, Known>,
}

impl View {
    /// Takes note of a renewed lease. Returns whether it tells more than another load.
    pub fn heard(&mut self, node: NodeName, lease: Lease, now: Instant) -> bool {
        let before = self.others.get(&node).map(|known| &known.lease);
        if self.others.len() >= MAX_MEMBERS && before.is_none() {
            return false;
        }
        let is_same = |it: &Lease| (&it.process, &it.offers) == (&lease.process, &lease.offers);
        let has_changed = !before.is_some_and(is_same);
        let known = Known {
            lease,
            heard: now,
            sent: 0,
        };
        self.others.insert(node, known);
        has_changed
    }

    /// Takes note that a node has left. Returns whether it was known.
    pub fn left(&mut self, node: &NodeName) -> bool {
        self.others.remove(node).is_some()
    }

    /// Forgets the nodes whose leases have run out. Returns their names.
    pub fn expire(&mut self, now: Instant) -> Vec<NodeName> {
        let is_over = |known: &Known| now.saturating_duration_since(known.heard) > LEASE;
        let over = self.others.extract_if(.., |_, known| is_over(known));
        over.map(|(node, _)| node).collect()
    }

    /// Returns the other members in order of their names.
    pub fn members(&self) -> Vec<Member> {
        let member = |(node, known): (&NodeName, &Known)| Member {
            node: node.clone(),
            lease: known.lease.clone(),
        };
        self.others.iter().map(member).collect()
    }

    /// Returns the other nodes that run `instance` and whose offer is accepted, the least loaded first.
    pub fn running(
        &self,
        instance: &InstanceName,
        accept: impl Fn(&Offer) -> bool,
    ) -> Vec<NodeName> {
        let runs_it = |known: &Known| {
            let mut offers = known.lease.offers.iter();
            offers.any(|offer| offer.instance == *instance && accept(offer))
        };
        let mut found: Vec<_> = self.others.iter().filter(|(_, it)| runs_it(it)).collect();
        found.sort_by_key(|(_, known)| known.lease.load.saturating_add(known.sent));
        found.into_iter().map(|(node, _)| node.clone()).collect()
    }

    /// Returns them, and takes the first one to get a call.
    pub fn choose(
        &mut self,
        instance: &InstanceName,
        accept: impl Fn(&Offer) -> bool,
    ) -> Vec<NodeName> {
        let nodes = self.running(instance, accept);
        if let Some(first) = nodes.first().and_then(|node| self.others.get_mut(node)) {
            first.sent = first.sent.saturating_add(1);
        }
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::lease::lease;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    fn chosen(view: &mut View, instance: &str) -> String {
        let instance = InstanceName::new(instance).unwrap();
        let nodes = view.choose(&instance, |offer| offer.version == "1.0.0");
        let names: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
        names.join(" ")
    }

    #[test]
    fn the_least_loaded_node_is_chosen_and_counts_as_loaded() {
        let (mut view, now) = (View::default(), Instant::now());
        assert!(view.heard(node("a"), lease(4, &["x"]), now));
        assert!(
            !view.heard(node("a"), lease(5, &["x"]), now),
            "another load"
        );
        assert!(view.heard(node("b"), lease(3, &["x"]), now));
        assert!(
            view.heard(node("b"), lease(3, &["x", "y"]), now),
            "other offers"
        );
        view.heard(node("c"), lease(0, &["y"]), now);
        assert_eq!(chosen(&mut view, "x"), "b a");
        assert_eq!(chosen(&mut view, "x"), "b a");
        // Both have five now, and then a has six.
        assert_eq!(chosen(&mut view, "x"), "a b");
        assert_eq!(chosen(&mut view, "x"), "b a");
        assert_eq!(chosen(&mut view, "y"), "c b");
        assert_eq!(chosen(&mut view, "z"), "");
        view.heard(node("b"), lease(9, &["x"]), now);
        assert_eq!(chosen(&mut view, "x"), "a b");
        let mut other = lease(0, &["x"]);
        other.offers[0].version = "2.0.0".to_owned();
        view.heard(node("d"), other, now);
        assert_eq!(chosen(&mut view, "x"), "a b");
        assert!(view.left(&node("a")) && !view.left(&node("a")));
        assert_eq!(chosen(&mut view, "x"), "b");
    }

    #[test]
    fn leases_run_out() {
        let (mut view, now) = (View::default(), Instant::now());
        view.heard(node("a"), lease(0, &[]), now);
        view.heard(node("b"), lease(0, &[]), now + Duration::from_secs(1));
        assert_eq!(view.expire(now + LEASE), []);
        assert_eq!(
            view.expire(now + LEASE + Duration::from_millis(1)),
            [node("a")]
        );
        let names: Vec<NodeName> = view.members().into_iter().map(|it| it.node).collect();
        assert_eq!(names, [node("b")]);
    }
}
