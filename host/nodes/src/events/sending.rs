//! Sends events to the other nodes, and tells them what this node is subscribed to.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{
    EventsError, EventsTo, InstanceName, Links, Members, NodeEvent, NodeName, Subscribed,
};
use luminarys_orchestrator::Orchestrator;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::events::outgoing::{Outgoing, Waiting};
use crate::events::peers::Peers;

/// How long to wait before opening a link again.
const PAUSE: Duration = Duration::from_secs(1);

/// What sending to any node needs.
#[derive(Clone)]
struct Sender {
    links: Links,
    orchestrator: Orchestrator,
    /// Cancelled when this node is to get no more events.
    withdrawn: CancellationToken,
}

/// Sends to all members, until the future is dropped.
pub(crate) async fn follow(
    peers: &Peers,
    members: &Members,
    links: &Links,
    orchestrator: &Orchestrator,
    withdrawn: &CancellationToken,
) {
    let sender = Sender {
        links: links.clone(),
        orchestrator: orchestrator.clone(),
        withdrawn: withdrawn.clone(),
    };
    let mut sending: BTreeMap<NodeName, AbortOnDropHandle<()>> = BTreeMap::new();
    let mut changes = members.changes();
    loop {
        changes.mark_unchanged();
        let all = members.all().into_iter();
        let offered: BTreeMap<NodeName, HashSet<String>> = all
            .filter(|member| member.node != *members.node())
            .map(|member| {
                let offers = member.lease.offers.iter();
                let skills = offers.map(|offer| offer.instance.to_string());
                (member.node, skills.collect())
            })
            .collect();
        let others: Vec<NodeName> = offered.keys().cloned().collect();
        sending.retain(|node, _| offered.contains_key(node));
        {
            let mut known = peers.lock();
            known.outgoing.retain(|node, _| offered.contains_key(node));
            known.offered = offered;
        }
        for node in others {
            let Entry::Vacant(place) = sending.entry(node) else {
                continue;
            };
            let (sender, to) = (sender.clone(), place.key().clone());
            let outgoing = Arc::<Outgoing>::default();
            peers.lock().outgoing.insert(to.clone(), outgoing.clone());
            let task = tokio::spawn(async move { sender.send(&to, &outgoing).await });
            place.insert(AbortOnDropHandle::new(task));
        }
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

impl Sender {
    /// Sends to one node, over a new link whenever one has ended.
    async fn send(&self, node: &NodeName, outgoing: &Outgoing) {
        loop {
            if let Err(error) = self.send_over_a_link(node, outgoing).await {
                tracing::debug!(%node, %error, "events are not sent for the moment");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send_over_a_link(
        &self,
        node: &NodeName,
        outgoing: &Outgoing,
    ) -> Result<(), EventsError> {
        let to = EventsTo::open(&self.links, node).await?;
        let mut subscriptions = self.orchestrator.subscriptions_changed();
        let mut skills = self.orchestrator.skills_changed();
        let mut told: Option<Subscribed> = None;
        loop {
            subscriptions.mark_unchanged();
            skills.mark_unchanged();
            let subscribed = self.subscribed();
            if told.as_ref() != Some(&subscribed) {
                to.tell(&subscribed).await?;
                told = Some(subscribed);
            }
            let is_withdrawn = self.withdrawn.is_cancelled();
            tokio::select! {
                () = to.over() => return Ok(()),
                Ok(()) = subscriptions.changed() => {}
                Ok(()) = skills.changed() => {}
                () = self.withdrawn.cancelled(), if !is_withdrawn => {}
                waiting = outgoing.next() => emit(&to, waiting).await?,
            }
        }
    }

    /// Returns what the skills of this node are subscribed to.
    fn subscribed(&self) -> Subscribed {
        if self.withdrawn.is_cancelled() {
            return Subscribed::new();
        }
        let all = self.orchestrator.subscriptions().into_iter();
        all.filter_map(|(skill, patterns)| Some((InstanceName::new(&skill).ok()?, patterns)))
            .collect()
    }
}

/// Sends an event. One that cannot be sent to other nodes at all is lost.
async fn emit(to: &EventsTo, waiting: Waiting) -> Result<(), EventsError> {
    let Waiting {
        event,
        skills,
        held,
    } = waiting;
    let Ok(source) = InstanceName::new(&event.source) else {
        tracing::warn!(
            source = event.source,
            "a skill of this name can send no events to other nodes"
        );
        return Ok(());
    };
    let skills = skills
        .iter()
        .filter_map(|skill| InstanceName::new(skill).ok());
    let sent = NodeEvent {
        topic: event.topic.clone(),
        payload: event.payload.clone(),
        source,
        trace: event.trace_id.to_string(),
        depth: event.depth,
        skills: skills.collect(),
    };
    let sent = to.emit(&sent).await;
    drop(held);
    match sent {
        Err(error @ EventsError::TooLarge { .. }) => {
            tracing::warn!(
                source = event.source,
                topic = event.topic,
                "an event is lost: {error}"
            );
            Ok(())
        }
        other => other,
    }
}
