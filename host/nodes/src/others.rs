//! What the other nodes run: follows the members, and asks them for the descriptions of their skills.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{InstanceName, Links, Member, Members, NodeName, describe};
use luminarys_orchestrator::{Orchestrator, RemoteSkill, SkillAbout};

use crate::offers::digest;

/// How long to wait before asking again for a description that was not sent.
const AGAIN: Duration = Duration::from_millis(500);
/// How many skills of other nodes are known at most.
const MAX_SKILLS: usize = 10_000;

/// A skill, and which of its descriptions is meant.
type Key = (InstanceName, [u8; 32]);

/// The skills of the other nodes.
#[derive(Default)]
pub(crate) struct Others {
    known: BTreeMap<Key, Arc<RemoteSkill>>,
    /// The descriptions that cannot be used.
    refused: Vec<Key>,
}

/// An instance as one or more nodes offer it.
struct Wanted {
    version: String,
    digest: [u8; 32],
    nodes: Vec<NodeName>,
}

impl Others {
    /// Tells the orchestrator what the other nodes run, until the future is dropped.
    pub async fn follow(mut self, members: &Members, links: &Links, orchestrator: &Orchestrator) {
        let mut changes = members.changes();
        let mut published: Vec<Key> = Vec::new();
        loop {
            changes.mark_unchanged();
            let wanted = wanted(&members.all(), members.node());
            let is_complete = self.learn(&wanted, links).await;
            let skills: Vec<(Key, Arc<RemoteSkill>)> = wanted
                .into_iter()
                .filter_map(|(instance, wanted)| {
                    let key = (instance, wanted.digest);
                    let skill = self.known.get(&key)?.clone();
                    Some((key, skill))
                })
                .collect();
            let keys: Vec<Key> = skills.iter().map(|(key, _)| key.clone()).collect();
            self.known.retain(|key, _| keys.contains(key));
            self.refused.truncate(MAX_SKILLS);
            if keys != published {
                let skills = skills.into_iter().map(|(_, skill)| skill).collect();
                orchestrator.publish_remote(skills).await;
                published = keys;
            }
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
                () = again => {}
            }
        }
    }

    /// Asks for the descriptions that are missing. Returns whether none is any more.
    async fn learn(&mut self, wanted: &BTreeMap<InstanceName, Wanted>, links: &Links) -> bool {
        let mut is_complete = true;
        for (instance, wanted) in wanted {
            let key = (instance.clone(), wanted.digest);
            if self.known.contains_key(&key) || self.refused.contains(&key) {
                continue;
            }
            match learn(instance, wanted, links).await {
                Learned::Skill(skill) => {
                    self.known.insert(key, skill);
                }
                Learned::Unusable => self.refused.push(key),
                Learned::NotYet => is_complete = false,
            }
        }
        is_complete
    }
}

/// What came of asking for a description.
enum Learned {
    Skill(Arc<RemoteSkill>),
    Unusable,
    NotYet,
}

async fn learn(instance: &InstanceName, wanted: &Wanted, links: &Links) -> Learned {
    for node in &wanted.nodes {
        match describe(links, node, instance, wanted.digest).await {
            Ok(bytes) => match SkillAbout::parse(&bytes) {
                Ok(about) => {
                    let skill = RemoteSkill::new(instance.to_string(), wanted.digest, about);
                    return Learned::Skill(Arc::new(skill));
                }
                Err(error) => {
                    tracing::warn!(%node, %instance, "a skill of another node is not used: {error}");
                    return Learned::Unusable;
                }
            },
            Err(error) => tracing::debug!(%node, %instance, "not described yet: {error}"),
        }
    }
    Learned::NotYet
}

/// Returns what is to be known of the instances of other nodes: of several versions the newest, and of several descriptions of
/// one version the one that most nodes have.
fn wanted(members: &[Member], own: &NodeName) -> BTreeMap<InstanceName, Wanted> {
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
    let best = offered.into_iter().filter_map(|(instance, all)| {
        let rank = |one: &Wanted| (version(&one.version), one.nodes.len(), one.digest);
        Some((instance, all.into_iter().max_by_key(rank)?))
    });
    best.collect()
}

/// Returns a version as it is compared: one that is not a semantic version is older than all that are.
fn version(text: &str) -> (Option<semver::Version>, String) {
    (semver::Version::parse(text).ok(), text.to_owned())
}
