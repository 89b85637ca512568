//! What the other nodes run: follows the members, and asks them for the descriptions of their skills.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{InstanceName, Links, Member, Members, NodeName, describe};
use luminarys_orchestrator::{Charge, Orchestrator, RemoteSkill, SkillAbout};
use luminarys_text::json;
use tokio::task::JoinSet;

use crate::offers::digest;

/// How long to wait before asking again for a description that was not sent.
const AGAIN: Duration = Duration::from_millis(500);
/// How many skills of other nodes are known at most.
const MAX_SKILLS: usize = 10_000;
/// How many versions of a skill are looked at.
const MAX_VERSIONS: usize = 4;
/// How many descriptions are asked for at once, of all nodes and of one.
const MAX_ASKED: usize = 64;
const MAX_ASKED_OF_NODE: usize = 4;
/// How much memory one description may take, in bytes.
const MAX_OF_SKILL: u64 = 16 << 20;
/// How much memory the descriptions of one node may take, in bytes.
const MAX_OF_NODE: u64 = 32 << 20;

/// A skill, and which of its descriptions is meant.
type Key = (InstanceName, [u8; 32]);

/// An instance as one or more nodes offer it.
struct Wanted {
    version: String,
    digest: [u8; 32],
    nodes: Vec<NodeName>,
}

/// A description that is known.
struct Known {
    skill: Arc<RemoteSkill>,
    /// The node that has sent it.
    from: NodeName,
    held: Charge,
}

/// What came of asking for a description.
enum Learned {
    Skill(SkillAbout, Charge),
    /// It cannot be used, whichever node sends it.
    Unusable(String),
    NotYet(String),
}

/// The skills of the other nodes.
#[derive(Default)]
pub(crate) struct Others {
    known: HashMap<Key, Known>,
    /// The descriptions that cannot be used.
    refused: HashSet<Key>,
    asked: HashMap<Key, NodeName>,
    asking: JoinSet<(Key, NodeName, Learned)>,
    published: Vec<Key>,
}

impl Others {
    /// Tells the orchestrator what the other nodes run, until the future is dropped.
    pub async fn follow(mut self, members: &Members, links: &Links, orchestrator: &Orchestrator) {
        let mut changes = members.changes();
        loop {
            changes.mark_unchanged();
            let wanted = wanted(&members.all(), members.node());
            self.forget(&wanted);
            let is_complete = self.ask(&wanted, links, orchestrator);
            self.publish(&wanted, orchestrator).await;
            let again = async {
                match is_complete {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(AGAIN).await,
                }
            };
            tokio::select! {
                changed = changes.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                Some(learned) = self.asking.join_next() => {
                    if let Ok((key, node, learned)) = learned {
                        self.learn(key, node, learned);
                    }
                }
                () = again => {}
            }
        }
    }

    /// Forgets what nobody offers any more.
    fn forget(&mut self, wanted: &BTreeMap<InstanceName, Vec<Wanted>>) {
        let is_wanted = |(instance, digest): &Key| {
            let versions = wanted.get(instance).into_iter().flatten();
            versions.into_iter().any(|one| one.digest == *digest)
        };
        self.known.retain(|key, _| is_wanted(key));
        self.refused.retain(is_wanted);
    }

    /// Asks for descriptions that are missing. Returns whether nothing is left to be asked for.
    fn ask(
        &mut self,
        wanted: &BTreeMap<InstanceName, Vec<Wanted>>,
        links: &Links,
        orchestrator: &Orchestrator,
    ) -> bool {
        let mut is_complete = true;
        for (instance, versions) in wanted {
            for one in versions {
                let key = (instance.clone(), one.digest);
                if self.known.contains_key(&key)
                    || self.refused.contains(&key)
                    || self.asked.contains_key(&key)
                {
                    continue;
                }
                is_complete = false;
                let free = |node: &&NodeName| {
                    let asked = self.asked.values().filter(|it| it == node).count();
                    asked < MAX_ASKED_OF_NODE && self.held_of(node) < MAX_OF_NODE
                };
                let Some(node) = one.nodes.iter().find(free).cloned() else {
                    continue;
                };
                if self.asked.len() >= MAX_ASKED {
                    continue;
                }
                self.asked.insert(key.clone(), node.clone());
                let room = MAX_OF_NODE - self.held_of(&node);
                let (links, orchestrator) = (links.clone(), orchestrator.clone());
                self.asking.spawn(async move {
                    let learned = learn(&links, &node, &key, room, &orchestrator).await;
                    (key, node, learned)
                });
            }
        }
        is_complete
    }

    /// Returns how much memory the descriptions of a node take.
    fn held_of(&self, node: &NodeName) -> u64 {
        let of_node = self.known.values().filter(|it| it.from == *node);
        of_node.map(|it| it.held.bytes()).sum()
    }

    fn learn(&mut self, key: Key, node: NodeName, learned: Learned) {
        self.asked.remove(&key);
        let instance = &key.0;
        match learned {
            Learned::Skill(about, held) => {
                let skill = Arc::new(RemoteSkill::new(instance.to_string(), key.1, about));
                let from = node;
                self.known.insert(key, Known { skill, from, held });
            }
            Learned::Unusable(reason) => {
                tracing::warn!(%node, %instance, "a skill of another node is not used: {reason}");
                self.refused.insert(key);
            }
            Learned::NotYet(reason) => {
                tracing::debug!(%node, %instance, "not described yet: {reason}");
            }
        }
    }

    /// Publishes the best version of each skill that is known.
    async fn publish(
        &mut self,
        wanted: &BTreeMap<InstanceName, Vec<Wanted>>,
        orchestrator: &Orchestrator,
    ) {
        let best = wanted.iter().filter_map(|(instance, versions)| {
            let keys = versions.iter().map(|one| (instance.clone(), one.digest));
            keys.into_iter().find(|key| self.known.contains_key(key))
        });
        let keys: Vec<Key> = best.collect();
        if keys == self.published {
            return;
        }
        let skills = keys.iter().filter_map(|key| self.known.get(key));
        let skills = skills.map(|known| known.skill.clone()).collect();
        orchestrator.publish_remote(skills).await;
        self.published = keys;
    }
}

async fn learn(
    links: &Links,
    node: &NodeName,
    (instance, digest): &Key,
    room: u64,
    orchestrator: &Orchestrator,
) -> Learned {
    let bytes = match describe(links, node, instance, *digest).await {
        Ok(bytes) => bytes,
        Err(error) => return Learned::NotYet(error.to_string()),
    };
    let weight = json::weigh(&bytes);
    if weight > MAX_OF_SKILL {
        return Learned::Unusable(format!("its description takes {weight} bytes of memory"));
    }
    if weight > room {
        return Learned::NotYet("the descriptions of the node take too much memory".to_owned());
    }
    let held = match orchestrator.charge(weight) {
        Ok(held) => held,
        Err(error) => return Learned::NotYet(error.to_string()),
    };
    match SkillAbout::parse(&bytes) {
        Ok(about) => Learned::Skill(about, held),
        Err(error) => Learned::Unusable(error.to_string()),
    }
}

/// Returns what is to be known of the instances of other nodes, the best first: of several versions the newest, and of several
/// descriptions of one version the one that most nodes have.
fn wanted(members: &[Member], own: &NodeName) -> BTreeMap<InstanceName, Vec<Wanted>> {
    let mut offered: BTreeMap<InstanceName, Vec<Wanted>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.node != *own) {
        for offer in &member.lease.offers {
            let Some(digest) = digest(&offer.about) else {
                continue;
            };
            if offered.len() >= MAX_SKILLS && !offered.contains_key(&offer.instance) {
                continue;
            }
            let all = offered.entry(offer.instance.clone()).or_default();
            match all.iter_mut().find(|one| one.digest == digest) {
                Some(one) => one.nodes.push(member.node.clone()),
                None => all.push(Wanted {
                    version: offer.version.clone(),
                    digest,
                    nodes: vec![member.node.clone()],
                }),
            }
        }
    }
    for versions in offered.values_mut() {
        let rank = |one: &Wanted| (version(&one.version), one.nodes.len(), one.digest);
        versions.sort_by_cached_key(|one| std::cmp::Reverse(rank(one)));
        versions.truncate(MAX_VERSIONS);
    }
    offered
}

/// Returns a version as it is compared: one that is not a semantic version is older than all that are.
fn version(text: &str) -> (Option<semver::Version>, String) {
    (semver::Version::parse(text).ok(), text.to_owned())
}

#[cfg(test)]
mod tests {
    use luminarys_cluster::{Lease, Offer};

    use super::*;

    fn member(node: &str, offers: &[(&str, &str, u8)]) -> Member {
        let offer = |(instance, version, about): &(&str, &str, u8)| Offer {
            instance: InstanceName::new(instance).unwrap(),
            version: (*version).to_owned(),
            content_hash: "0".repeat(64),
            about: format!("{about:02x}").repeat(32),
        };
        Member {
            node: NodeName::new(node).unwrap(),
            lease: Lease {
                process: "0".repeat(32),
                host_version: "0.1.0".to_owned(),
                load: 0,
                offers: offers.iter().map(offer).collect(),
            },
        }
    }

    #[test]
    fn the_newest_version_comes_first_and_the_older_ones_are_kept() {
        let members = [
            member("a", &[("x", "9.0.0", 9)]),
            member("b", &[("x", "1.9.0", 1), ("y", "1.0.0", 5)]),
            member("c", &[("x", "1.10.0", 2), ("y", "1.0.0", 4)]),
            member("d", &[("x", "odd", 3), ("y", "1.0.0", 4)]),
        ];
        let wanted = wanted(&members, &NodeName::new("a").unwrap());
        let order = |id: &str| -> Vec<u8> {
            let versions = &wanted[&InstanceName::new(id).unwrap()];
            versions.iter().map(|one| one.digest[0]).collect()
        };
        assert_eq!(order("x"), [2, 1, 3]);
        assert_eq!(order("y"), [4, 5]);
    }
}
