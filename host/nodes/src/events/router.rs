//! Decides which node delivers an event to each skill.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use luminarys_cluster::NodeName;
use luminarys_orchestrator::{Charge, Event, EventRouter, Routed};

use crate::events::outgoing::Waiting;
use crate::events::peers::Peers;
use crate::events::subscribers::chosen;

/// Decides which node delivers an event to each skill.
pub(crate) struct ClusterRouter {
    node: NodeName,
    pub peers: Peers,
}

impl ClusterRouter {
    /// Decides for `node`, which knows no other one yet.
    pub fn new(node: NodeName) -> Self {
        Self {
            node,
            peers: Peers::default(),
        }
    }
}

impl EventRouter for ClusterRouter {
    fn route(
        &self,
        event: &Arc<Event>,
        own: HashSet<String>,
        hold: &dyn Fn() -> Option<Charge>,
    ) -> Routed {
        let known = self.peers.lock();
        let mut nodes: BTreeMap<&str, Vec<&NodeName>> = BTreeMap::new();
        for skill in &own {
            nodes.entry(skill).or_default().push(&self.node);
        }
        for (node, (_, subscribers)) in &known.subscribers {
            if known.outgoing.contains_key(node) {
                for skill in subscribers.of(&event.topic) {
                    // A node that does not run the skill gets nothing for it.
                    if known.offers(node, skill) {
                        nodes.entry(skill).or_default().push(node);
                    }
                }
            }
        }
        let mut routed = Routed::default();
        let mut others: BTreeMap<&NodeName, Vec<String>> = BTreeMap::new();
        for (skill, nodes) in nodes {
            match chosen(skill, nodes) {
                Some(node) if *node == self.node => {
                    routed.here.insert(skill.to_owned());
                }
                Some(node) => others.entry(node).or_default().push(skill.to_owned()),
                None => {}
            }
        }
        for (node, skills) in others {
            let count = u32::try_from(skills.len()).unwrap_or(u32::MAX);
            // A skill that holds too much already loses it, as one that listens would.
            if let (Some(outgoing), Some(held)) = (known.outgoing.get(node), hold()) {
                let event = event.clone();
                outgoing.put(
                    node,
                    Waiting {
                        event,
                        skills,
                        held,
                    },
                );
                routed.elsewhere = routed.elsewhere.saturating_add(count);
            }
        }
        routed
    }
}

#[cfg(test)]
mod tests {
    use luminarys_cluster::{InstanceName, Subscribed};

    use super::*;
    use crate::events::outgoing::Outgoing;
    use crate::events::subscribers::Subscribers;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    /// The view of a node, of others that have all of `skills`.
    fn view(of: &str, others: &[&str], skills: &[&str]) -> ClusterRouter {
        let router = ClusterRouter::new(node(of));
        let mut known = router.peers.lock();
        for other in others {
            let each = skills
                .iter()
                .map(|skill| (InstanceName::new(skill).unwrap(), vec!["t/**".to_owned()]));
            let subscribers =
                Subscribers::new(each.collect::<Subscribed>(), Charge::default()).unwrap();
            known.subscribers.insert(node(other), (1, subscribers));
            known
                .outgoing
                .insert(node(other), Arc::new(Outgoing::default()));
            let offered = skills.iter().map(|skill| (*skill).to_owned());
            known.offered.insert(node(other), offered.collect());
        }
        drop(known);
        router
    }

    fn event() -> Arc<Event> {
        Arc::new(Event {
            topic: "t/x".to_owned(),
            payload: "0".to_owned(),
            source: "s".to_owned(),
            trace_id: "t".into(),
            depth: 1,
        })
    }

    #[tokio::test]
    async fn each_skill_gets_an_event_on_one_node_the_same_from_everywhere() {
        let skills: Vec<String> = (0..20).map(|number| format!("skill-{number}")).collect();
        let names: Vec<&str> = skills.iter().map(String::as_str).collect();
        let own: HashSet<String> = skills.iter().cloned().collect();
        let mut each: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for emitting in ["a", "b", "c"] {
            let others: Vec<&str> = ["a", "b", "c"]
                .into_iter()
                .filter(|it| *it != emitting)
                .collect();
            let router = view(emitting, &others, &names);
            let routed = router.route(&event(), own.clone(), &|| Some(Charge::default()));
            assert_eq!(routed.here.len() + routed.elsewhere as usize, 20);
            let mut note = |skill: String, at: &str| {
                *each
                    .entry(skill)
                    .or_default()
                    .entry(at.to_owned())
                    .or_default() += 1;
            };
            routed
                .here
                .into_iter()
                .for_each(|skill| note(skill, emitting));
            for other in others {
                let outgoing = router.peers.lock().outgoing[&node(other)].clone();
                let sent = outgoing.next().await;
                sent.skills.into_iter().for_each(|skill| note(skill, other));
            }
        }
        assert_eq!(each.len(), 20);
        // The same node three times, once for each event.
        assert!(
            each.values().all(|at| at.values().copied().eq([3])),
            "{each:?}"
        );
        let used: HashSet<&String> = each.values().flat_map(BTreeMap::keys).collect();
        assert_eq!(used.len(), 3);
    }

    #[test]
    fn what_no_other_node_has_stays_here_and_what_cannot_be_held_is_not_sent() {
        let own: HashSet<String> = ["mine".to_owned()].into();
        let alone = view("a", &[], &[]);
        let routed = alone.route(&event(), own.clone(), &|| None);
        assert_eq!((routed.here, routed.elsewhere), (own.clone(), 0));
        let router = view("a", &["b"], &["theirs"]);
        let full = router.route(&event(), own.clone(), &|| None);
        assert_eq!((full.here, full.elsewhere), (own.clone(), 0));
        // A node that does not offer the skill, or is no member any more, gets nothing.
        let offered = std::mem::take(&mut router.peers.lock().offered);
        let stranger = router.route(&event(), own.clone(), &|| Some(Charge::default()));
        assert_eq!((stranger.here, stranger.elsewhere), (own.clone(), 0));
        router.peers.lock().offered = offered;
        router.peers.lock().outgoing.clear();
        let gone = router.route(&event(), own.clone(), &|| Some(Charge::default()));
        assert_eq!((gone.here, gone.elsewhere), (own, 0));
    }
}
