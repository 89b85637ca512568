//! What the skills of a node are subscribed to, and which node gets an event.

use std::collections::BTreeMap;

use luminarys_cluster::{NodeName, Subscribed};
use luminarys_orchestrator::{Charge, TopicPattern};
use sha2::{Digest as _, Sha256};

/// How many subscriptions a skill may have.
const MOST: usize = 100;
/// The longest pattern, in bytes.
const LONGEST: usize = 256;

/// What the skills of a node are subscribed to.
pub(super) struct Subscribers {
    skills: BTreeMap<String, Vec<TopicPattern>>,
    /// What is held for it.
    _held: Charge,
}

impl Subscribers {
    /// Compiles what a node has told.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn new(subscribed: Subscribed, held: Charge) -> Result<Self, String> {
        let mut skills = BTreeMap::new();
        for (skill, patterns) in subscribed {
            if patterns.len() > MOST {
                let count = patterns.len();
                return Err(format!(
                    "{skill} has {count} subscriptions; {MOST} are allowed"
                ));
            }
            if let Some(long) = patterns.iter().find(|pattern| pattern.len() > LONGEST) {
                let bytes = long.len();
                return Err(format!(
                    "{skill} has a pattern of {bytes} bytes; {LONGEST} are allowed"
                ));
            }
            let patterns = patterns.iter().map(|pattern| TopicPattern::new(pattern));
            skills.insert(skill.to_string(), patterns.collect());
        }
        Ok(Self {
            skills,
            _held: held,
        })
    }

    /// Returns the skills that are subscribed to a topic.
    pub fn of(&self, topic: &str) -> impl Iterator<Item = &str> {
        let subscribed = self
            .skills
            .iter()
            .filter(move |(_, patterns)| patterns.iter().any(|pattern| pattern.matches(topic)));
        subscribed.map(|(skill, _)| skill.as_str())
    }
}

/// Returns which of `nodes` delivers events to a skill: always the same one of the same nodes, and as few skills as possible change
/// theirs when a node comes or goes.
pub(super) fn chosen<'a>(
    skill: &str,
    nodes: impl IntoIterator<Item = &'a NodeName>,
) -> Option<&'a NodeName> {
    let weight = |node: &NodeName| -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(skill.as_bytes());
        hash.update([0]);
        hash.update(node.as_str().as_bytes());
        hash.finalize().into()
    };
    nodes.into_iter().max_by_key(|node| weight(node))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use luminarys_cluster::InstanceName;

    use super::*;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    fn subscribed(patterns: Vec<String>) -> Subscribed {
        Subscribed::from([(InstanceName::new("s").unwrap(), patterns)])
    }

    #[test]
    fn skills_stay_where_they_are_when_other_nodes_come_and_go() {
        let nodes: Vec<NodeName> = ["a", "b", "c", "d"].map(node).to_vec();
        let mut used = BTreeSet::new();
        for number in 0..200 {
            let skill = format!("skill-{number}");
            let of = |nodes: &[NodeName]| chosen(&skill, nodes).cloned().unwrap();
            let all = of(&nodes);
            let mut reversed = nodes.clone();
            reversed.reverse();
            assert_eq!(of(&reversed), all);
            let fewer: Vec<NodeName> = nodes
                .iter()
                .filter(|it| **it != node("d"))
                .cloned()
                .collect();
            if all != node("d") {
                assert_eq!(of(&fewer), all);
            }
            used.insert(all);
        }
        assert_eq!(used.len(), nodes.len());
        assert_eq!(chosen("s", []), None);
    }

    #[test]
    fn what_a_node_tells_is_limited() {
        let new = |patterns| Subscribers::new(subscribed(patterns), Charge::default());
        let known = new(vec!["orders/**".to_owned(), "[".to_owned()]).unwrap();
        assert_eq!(known.of("orders/new").collect::<Vec<_>>(), ["s"]);
        assert_eq!(known.of("other").count(), 0);
        assert!(new(vec!["a".to_owned(); MOST + 1]).is_err());
        assert!(new(vec!["a".repeat(LONGEST + 1)]).is_err());
    }
}
