//! Receives events of the other nodes.

use std::collections::{HashMap, HashSet};

use luminarys_cluster::{
    EventsError, EventsFrom, Incoming, Links, Members, NodeEvent, NodeName, Purpose, ReceivedEvents,
};
use luminarys_orchestrator::{Event, Exhausted, Orchestrator};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::events::peers::Peers;
use crate::events::subscribers::Subscribers;

/// Receives events of the other nodes, until the future is dropped or the links are.
pub(crate) async fn receive(
    peers: &Peers,
    members: &Members,
    links: &Links,
    orchestrator: &Orchestrator,
) {
    let mut incoming = links.serve(Purpose::Events);
    let mut current: HashMap<NodeName, DropGuard> = HashMap::new();
    let mut receiving = JoinSet::new();
    loop {
        tokio::select! {
            opened = incoming.recv() => match opened {
                Some(opened) => {
                    let receiver = Receiver {
                        peers: peers.clone(),
                        orchestrator: orchestrator.clone(),
                        offered: Offered::new(members.clone(), opened.from.clone()),
                        refused: 0,
                        told: 0,
                    };
                    // A node needs one link: another one of it takes the place of the one before.
                    let replaced = CancellationToken::new();
                    current.insert(opened.from.clone(), replaced.clone().drop_guard());
                    receiving.spawn(receiver.run(opened, replaced));
                }
                None => return,
            },
            Some(ended) = receiving.join_next() => {
                if let Err(error) = ended
                    && error.is_panic()
                {
                    tracing::error!("receiving events of another node has panicked");
                }
            }
        }
    }
}

/// Receives events of one node over one link.
struct Receiver {
    peers: Peers,
    orchestrator: Orchestrator,
    offered: Offered,
    /// How many were refused, and of those how many are logged.
    refused: u64,
    told: u64,
}

impl Receiver {
    async fn run(mut self, incoming: Incoming, replaced: CancellationToken) {
        let from = incoming.from.clone();
        let number = self.peers.lock().next_link();
        let received = tokio::select! {
            received = self.receive(incoming, number) => received,
            () = replaced.cancelled() => Ok(()),
        };
        if let Err(error) = received {
            match error {
                EventsError::Link(error) => {
                    tracing::debug!(node = %from, %error, "a link for events has ended");
                }
                error => {
                    tracing::warn!(node = %from, "no more events are received over a link: {error}")
                }
            }
        }
        let mut known = self.peers.lock();
        // It may have opened another one.
        if known
            .subscribers
            .get(&from)
            .is_some_and(|it| it.0 == number)
        {
            known.subscribers.remove(&from);
        }
    }

    async fn receive(&mut self, incoming: Incoming, number: u64) -> Result<(), EventsError> {
        let from = EventsFrom::accept(incoming).await?;
        let orchestrator = self.orchestrator.clone();
        loop {
            let full = |error: Exhausted| EventsError::Malformed {
                node: from.node().clone(),
                reason: error.to_string(),
            };
            let mut held = orchestrator.charge(0).map_err(full)?;
            let charge = |bytes| held.grow(bytes).map_err(|error| error.to_string());
            let Some(received) = from.receive(charge).await? else {
                return Ok(());
            };
            match received {
                ReceivedEvents::Subscribed(subscribed) => {
                    let subscribers = Subscribers::new(subscribed, held);
                    let subscribers = subscribers.map_err(|reason| EventsError::Malformed {
                        node: from.node().clone(),
                        reason,
                    })?;
                    let mut known = self.peers.lock();
                    let node = from.node().clone();
                    known.subscribers.insert(node, (number, subscribers));
                }
                ReceivedEvents::Event(event) => {
                    if let Err(reason) = self.deliver(event) {
                        self.refuse(from.node(), &reason);
                    }
                }
            }
        }
    }

    /// Delivers an event to skills of this node.
    fn deliver(&mut self, event: NodeEvent) -> Result<(), String> {
        let source = event.source.to_string();
        if !self.offered.contains(&source) {
            return Err(format!(
                "it runs no skill {source}, in whose name it sends it"
            ));
        }
        let skills: HashSet<String> = event.skills.iter().map(ToString::to_string).collect();
        let event = Event {
            topic: event.topic,
            payload: event.payload,
            source,
            trace_id: event.trace.into(),
            depth: event.depth,
        };
        let delivered = self.orchestrator.deliver_event(event, &skills);
        delivered.map(drop).map_err(|error| error.to_string())
    }

    /// Logs refused events each time that their number has doubled.
    fn refuse(&mut self, node: &NodeName, reason: &str) {
        self.refused += 1;
        if self.refused > 2 * self.told {
            self.told = self.refused;
            let refused = self.refused;
            tracing::warn!(%node, refused, "an event of another node is refused: {reason}");
        }
    }
}

/// The skills that another node offers.
struct Offered {
    members: Members,
    node: NodeName,
    changes: watch::Receiver<u64>,
    skills: HashSet<String>,
}

impl Offered {
    fn new(members: Members, node: NodeName) -> Self {
        let mut changes = members.changes();
        changes.mark_changed();
        Self {
            members,
            node,
            changes,
            skills: HashSet::new(),
        }
    }

    fn contains(&mut self, skill: &str) -> bool {
        if self.changes.has_changed().unwrap_or(true) {
            self.changes.mark_unchanged();
            let members = self.members.all().into_iter();
            let mut own = members.filter(|member| member.node == self.node);
            let offers = own.next().map(|member| member.lease.offers);
            let offers = offers.unwrap_or_default().into_iter();
            self.skills = offers.map(|offer| offer.instance.to_string()).collect();
        }
        self.skills.contains(skill)
    }
}
