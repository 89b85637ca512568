//! What a node knows of the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::members::lease::{Lease, Offer};
use crate::names::{InstanceName, NodeName};

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_millis(2_500);

/// For how long this node's own lease must be missing before it takes itself to hear of nobody.
const DEAF: Duration = Duration::from_millis(1_250);

/// How long the others are still taken to be there when this node hears of nobody, though it is connected: servers need up to ten
/// seconds to agree on a new leader when they have lost one.
const PATIENCE: Duration = Duration::from_secs(30);

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
    /// From when on its lease counts: later than `heard` where this node heard of nobody meanwhile.
    counted: Instant,
    /// How many calls were sent to it since: its load has grown by as many.
    sent: u32,
}

/// What a node knows of the others.
#[derive(Debug, Default)]
pub(crate) struct View {
    others: BTreeMap<NodeName, Known>,
    /// When this node's own lease was heard of last.
    own: Option<Instant>,
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
            counted: now,
            sent: 0,
        };
        self.others.insert(node, known);
        has_changed
    }

    /// Takes note that this node's own lease was heard of. Where it had run out, those of the others could not be heard of either:
    /// they count from now on. One that is slow to renew its own learns of the others' end all the same.
    pub fn heard_own(&mut self, now: Instant) {
        let own = self.own.replace(now);
        if own.is_none_or(|own| now.saturating_duration_since(own) > LEASE) {
            for known in self.others.values_mut() {
                known.counted = now;
            }
        }
    }

    fn is_deaf(&self, now: Instant) -> bool {
        self.own
            .is_none_or(|own| now.saturating_duration_since(own) > DEAF)
    }

    /// Takes note that a node has left. Returns whether it was known.
    pub fn left(&mut self, node: &NodeName) -> bool {
        self.others.remove(node).is_some()
    }

    /// Forgets the nodes whose leases have run out. That none is heard of any more, not even this node's own, says nothing of
    /// them, unless this node has been without a connection for that long, `lost_for`. Returns their names.
    pub fn expire(&mut self, now: Instant, lost_for: Option<Duration>) -> Vec<NodeName> {
        let is_cut_off = lost_for.is_some_and(|time| time > LEASE);
        let most = match self.is_deaf(now) && !is_cut_off {
            true => PATIENCE,
            false => LEASE,
        };
        let is_over = |known: &Known| {
            now.saturating_duration_since(known.counted) > most
                || now.saturating_duration_since(known.heard) > PATIENCE
        };
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

    fn names(view: &View) -> String {
        let members = view.members();
        let names: Vec<&str> = members.iter().map(|it| it.node.as_str()).collect();
        names.join(" ")
    }

    #[test]
    fn leases_run_out() {
        for lost_for in [None, Some(LEASE + LEASE)] {
            let (mut view, now) = (View::default(), Instant::now());
            view.heard_own(now);
            view.heard(node("a"), lease(0, &[]), now);
            view.heard(node("b"), lease(0, &[]), now + Duration::from_secs(1));
            for renewed in [1_200, 2_400] {
                view.heard_own(now + Duration::from_millis(renewed));
            }
            assert_eq!(view.expire(now + LEASE, lost_for), []);
            let later = now + LEASE + Duration::from_millis(1);
            assert_eq!(view.expire(later, lost_for), [node("a")]);
            assert_eq!(names(&view), "b");
        }
    }

    #[test]
    fn when_no_lease_is_heard_of_the_others_stay_for_a_while() {
        let (mut view, now) = (View::default(), Instant::now());
        let after = |millis: u64| now + Duration::from_millis(millis);
        view.heard_own(after(700));
        view.heard(node("a"), lease(0, &[]), after(0));
        view.heard(node("b"), lease(0, &[]), after(600));
        for at in [2_501, 5_000, 9_000] {
            assert_eq!(view.expire(after(at), None), [], "{at}");
        }
        // The servers have a leader again, and of b nothing is heard.
        view.heard_own(after(9_000));
        view.heard(node("a"), lease(0, &[]), after(9_500));
        for at in [10_000, 11_000, 11_500] {
            view.heard_own(after(at));
            assert_eq!(view.expire(after(at), None), [], "{at}");
        }
        assert_eq!(view.expire(after(11_501), None), [node("b")]);
        // Nobody is heard of for too long, or the connection is lost.
        assert_eq!(view.expire(after(39_500), None), []);
        assert_eq!(view.expire(after(39_501), None), [node("a")]);
        view.heard(node("a"), lease(0, &[]), after(40_000));
        assert_eq!(view.expire(after(42_501), Some(LEASE)), []);
        let cut_off = Some(LEASE + Duration::from_millis(1));
        assert_eq!(view.expire(after(42_501), cut_off), [node("a")]);
    }

    /// However rarely this node hears of its own lease.
    #[test]
    fn a_node_that_is_gone_is_not_kept_by_one_that_is_slow() {
        let (millis, now) = (Duration::from_millis, Instant::now());
        for (gap, most) in [
            (750, 3_300),
            (1_400, 4_000),
            (2_400, 5_000),
            (3_000, 31_000),
        ] {
            let mut view = View::default();
            view.heard_own(now);
            view.heard(node("a"), lease(0, &[]), now);
            let mut gone = 0;
            while view.members().len() == 1 {
                gone += 50;
                if gone % gap == 0 {
                    view.heard_own(now + millis(gone));
                }
                view.expire(now + millis(gone), None);
                assert!(gone < most, "{gap}");
            }
            assert!(millis(gone) > LEASE, "{gap}");
        }
    }
}
