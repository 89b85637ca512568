//! Events from one node to another, over one link from each node to each other: in order, and at most once. The opener first tells
//! what its skills are subscribed to, and again whenever that changes, so that the other node knows what to send it.
//!
//! Each message is announced by its kind and length, and comes in parts.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::LinkError;
use crate::link::{Incoming, Link, Links, Purpose};
use crate::names::{InstanceName, NodeName};

/// The largest event with all that belongs to it, in bytes: a payload of 1 MiB may have as many characters that are escaped.
pub const MAX_EVENT: usize = (2 << 20) + (256 << 10);
/// The most subscriptions that a node tells of, in bytes.
pub const MAX_SUBSCRIPTIONS: usize = 2 << 20;
/// The largest part of a message, in bytes.
const PART: usize = 256 << 10;
/// How much may be on its way to this node.
const WINDOW: u32 = 1 << 20;

/// Announces subscriptions.
const SUBSCRIBED: u8 = 1;
/// Announces an event.
const EVENT: u8 = 2;
/// A part of what was announced.
const BODY: u8 = 3;

/// The patterns of topics that each skill of a node is subscribed to.
pub type Subscribed = BTreeMap<InstanceName, Vec<String>>;

/// An event on its way to another node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEvent {
    /// Its topic.
    pub topic: String,
    /// Its data: JSON text.
    pub payload: String,
    /// The skill that emitted it.
    pub source: InstanceName,
    /// The trace id of the emitting call.
    pub trace: String,
    /// The length of the chain of events up to and including it.
    pub depth: u32,
    /// The skills of the receiving node that it is for.
    pub skills: Vec<InstanceName>,
}

/// What came from another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceivedEvents {
    /// What its skills are subscribed to, in place of what it told before.
    Subscribed(Subscribed),
    /// An event for skills of this node.
    Event(NodeEvent),
}

impl ReceivedEvents {
    pub(crate) fn parse_subscribed(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes).map(Self::Subscribed)
    }

    pub(crate) fn parse_event(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes).map(Self::Event)
    }

    /// Returns it as bytes.
    pub(crate) fn encode(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Subscribed(subscribed) => serde_json::to_vec(subscribed),
            Self::Event(event) => serde_json::to_vec(event),
        }
    }
}

/// Events cannot be sent or received.
#[derive(Debug, Error)]
pub enum EventsError {
    /// The link has ended.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A message is too large to be sent, or was announced as too large.
    #[error("{what} of {bytes} bytes; at most {most} are sent to other nodes")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A message is malformed.
    #[error("a message of node {node} is malformed: {reason}")]
    Malformed {
        /// The other node.
        node: NodeName,
        /// What is wrong.
        reason: String,
    },
}

/// The link on which this node sends events to another one.
#[derive(Debug)]
pub struct EventsTo(Link);

impl EventsTo {
    /// Opens a link to `node`.
    ///
    /// # Errors
    /// [`EventsError::Link`].
    pub async fn open(links: &Links, node: &NodeName) -> Result<Self, EventsError> {
        Ok(Self(links.open(node, Purpose::Events, Bytes::new()).await?))
    }

    /// Tells what the skills of this node are subscribed to.
    ///
    /// # Errors
    /// [`EventsError`].
    pub async fn tell(&self, subscribed: &Subscribed) -> Result<(), EventsError> {
        let most = MAX_SUBSCRIPTIONS;
        self.send(SUBSCRIBED, "subscriptions", most, subscribed)
            .await
    }

    /// Sends an event.
    ///
    /// # Errors
    /// [`EventsError`]; unless it is too large, it may have arrived.
    pub async fn emit(&self, event: &NodeEvent) -> Result<(), EventsError> {
        self.send(EVENT, "an event", MAX_EVENT, event).await
    }

    async fn send(
        &self,
        kind: u8,
        what: &'static str,
        most: usize,
        content: &(impl Serialize + Sync),
    ) -> Result<(), EventsError> {
        let malformed = |error: serde_json::Error| EventsError::Malformed {
            node: self.0.peer().clone(),
            reason: error.to_string(),
        };
        let bytes = Bytes::from(serde_json::to_vec(content).map_err(malformed)?);
        if bytes.len() > most {
            let bytes = bytes.len();
            return Err(EventsError::TooLarge { what, bytes, most });
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let announced = Bytes::copy_from_slice(&length.to_be_bytes());
        self.0.send(kind, announced).await?;
        self.0.send_all(BODY, bytes, PART).await?;
        Ok(())
    }

    /// Waits until the link has ended.
    pub async fn over(&self) {
        self.0.over().cancelled().await;
    }
}

/// The link on which another node sends events to this one.
#[derive(Debug)]
pub struct EventsFrom(Link);

impl EventsFrom {
    /// Takes a link that another node has opened for events.
    ///
    /// # Errors
    /// [`EventsError::Link`]: it has ended.
    pub async fn accept(incoming: Incoming) -> Result<Self, EventsError> {
        incoming.link.widen(WINDOW).await?;
        Ok(Self(incoming.link))
    }

    /// Returns the other node. It is authenticated by NATS; what it sends is only its word.
    pub fn node(&self) -> &NodeName {
        self.0.peer()
    }

    /// Receives the next message, or none when the other node sends no more. `charge` charges further bytes that have arrived, and
    /// what is parsed from them: what is only announced takes no memory.
    ///
    /// # Errors
    /// [`EventsError`]; the link is of no more use.
    pub async fn receive(
        &self,
        mut charge: impl FnMut(u64) -> Result<(), String>,
    ) -> Result<Option<ReceivedEvents>, EventsError> {
        let malformed = |reason: String| EventsError::Malformed {
            node: self.node().clone(),
            reason,
        };
        let Some(announced) = self.0.receive().await? else {
            return Ok(None);
        };
        let (what, most) = match announced.tag {
            SUBSCRIBED => ("subscriptions", MAX_SUBSCRIPTIONS),
            EVENT => ("an event", MAX_EVENT),
            tag => return Err(malformed(format!("a message of kind {tag}"))),
        };
        let length = announced.bytes.as_ref().try_into().map(u32::from_be_bytes);
        let length = length.map_err(|_| malformed("a length of other than 4 bytes".to_owned()))?;
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if bytes > most {
            return Err(EventsError::TooLarge { what, bytes, most });
        }
        let mut body = Vec::new();
        while body.len() < bytes {
            let part = self.0.receive().await?;
            let part = part.filter(|part| part.tag == BODY && !part.bytes.is_empty());
            let part = part.ok_or_else(|| malformed("a part is missing".to_owned()))?;
            charge(2 * part.bytes.len() as u64).map_err(malformed)?;
            body.extend_from_slice(&part.bytes);
        }
        if body.len() > bytes {
            return Err(malformed("there are more bytes than announced".to_owned()));
        }
        let parsed = match announced.tag {
            SUBSCRIBED => ReceivedEvents::parse_subscribed(&body),
            _ => ReceivedEvents::parse_event(&body),
        };
        let parsed = parsed.map_err(|error| malformed(error.to_string()))?;
        Ok(Some(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Hub;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    fn instance(name: &str) -> InstanceName {
        InstanceName::new(name).unwrap()
    }

    fn event(payload: usize) -> NodeEvent {
        NodeEvent {
            topic: "orders/new".to_owned(),
            payload: format!("\"{}\"", "x".repeat(payload)),
            source: instance("shop"),
            trace: "t".to_owned(),
            depth: 1,
            skills: vec![instance("one"), instance("two")],
        }
    }

    async fn pair() -> (Links, Links, EventsTo, EventsFrom) {
        let hub = std::sync::Arc::new(Hub::default());
        let (a, b) = (hub.connect("a", 64 << 10), hub.connect("b", 64 << 10));
        let mut incoming = b.serve(Purpose::Events);
        let to = EventsTo::open(&a, &node("b")).await.unwrap();
        let from = EventsFrom::accept(incoming.recv().await.unwrap()).await;
        (a, b, to, from.unwrap())
    }

    #[tokio::test]
    async fn what_is_sent_arrives_in_order() {
        let (_a, _b, to, from) = pair().await;
        let subscribed = Subscribed::from([(instance("one"), vec!["orders/**".to_owned()])]);
        let events = [event(10), event(1 << 20), event(0)];
        let sending = async {
            to.tell(&subscribed).await.unwrap();
            for event in &events {
                to.emit(event).await.unwrap();
            }
        };
        let receiving = async {
            let mut all = Vec::new();
            while all.len() < 4 {
                all.push(from.receive(|_| Ok(())).await.unwrap().unwrap());
            }
            all
        };
        let ((), received) = tokio::join!(sending, receiving);
        let mut expected = vec![ReceivedEvents::Subscribed(subscribed.clone())];
        expected.extend(events.iter().cloned().map(ReceivedEvents::Event));
        assert_eq!(received, expected);
        assert_eq!(from.node(), &node("a"));
    }

    #[tokio::test]
    async fn what_is_too_large_or_malformed_is_refused() {
        let (_a, _b, to, from) = pair().await;
        let error = to.emit(&event(MAX_EVENT)).await.unwrap_err();
        assert!(matches!(error, EventsError::TooLarge { .. }), "{error}");
        let long = u32::try_from(MAX_EVENT + 1).unwrap().to_be_bytes();
        to.0.send(EVENT, Bytes::copy_from_slice(&long))
            .await
            .unwrap();
        let error = from.receive(|_| Ok(())).await.unwrap_err();
        assert!(matches!(error, EventsError::TooLarge { .. }), "{error}");

        let messages: [&[(u8, &[u8])]; 6] = [
            &[(9, &[0; 4])],
            &[(EVENT, &[0; 3])],
            &[(EVENT, &[0, 0, 0, 1]), (EVENT, b"{")],
            &[(EVENT, &[0, 0, 0, 2]), (BODY, b"{}")],
            &[(SUBSCRIBED, &[0, 0, 0, 1]), (BODY, b"{}")],
            &[(SUBSCRIBED, &[0, 0, 0, 10]), (BODY, b"{\"a.b\": []}")],
        ];
        for messages in messages {
            let (_a, _b, to, from) = pair().await;
            for (tag, bytes) in messages {
                to.0.send(*tag, Bytes::copy_from_slice(bytes))
                    .await
                    .unwrap();
            }
            let error = from.receive(|_| Ok(())).await.unwrap_err();
            assert!(
                matches!(error, EventsError::Malformed { .. }),
                "{messages:?}: {error}"
            );
        }
        let (_a, _b, to, from) = pair().await;
        to.emit(&event(1)).await.unwrap();
        let full = from.receive(|_| Err("the host is full".to_owned())).await;
        assert!(full.unwrap_err().to_string().contains("the host is full"));
    }
}
