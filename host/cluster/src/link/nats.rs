//! NATS as the connection below links.

use std::time::{Duration, Instant};

use async_nats::{Message, StatusCode, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;

use crate::connection::Connection;
use crate::error::ConnectError;
use crate::link::links::{Links, WeakLinks};
use crate::link::wire::{Wire, WireClosed};
use crate::names::NodeName;
use crate::refusals::Refusals;
use crate::subjects::LinkId;

/// How long a message of a node to itself may take when it connects.
const HELLO: Duration = Duration::from_secs(5);

impl Wire for Connection {
    fn node(&self) -> &NodeName {
        self.node()
    }

    fn send<'a>(
        &'a self,
        to: &'a NodeName,
        link: LinkId,
        frame: Bytes,
        is_first: bool,
    ) -> BoxFuture<'a, Result<(), WireClosed>> {
        let subject = self.subjects().frame(to, self.node());
        let reply = self.subjects().reply(to, self.node(), link, is_first);
        Box::pin(async move {
            let sent = self.client().publish_with_reply(subject, reply, frame);
            sent.await.map_err(|_| WireClosed)
        })
    }

    fn max_frame(&self) -> usize {
        self.client().max_payload()
    }

    fn is_connected(&self) -> bool {
        self.is_connected()
    }
}

/// Makes links over NATS: sees that the node's permissions let it be heard, and subscribes to what is sent to it.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect_links(connection: Connection) -> Result<Links, ConnectError> {
    let (node, subjects) = (connection.node().clone(), connection.subjects());
    let receives = subjects.received_by(&node);
    let subscribed = connection.client().subscribe(receives).await;
    let messages = subscribed.map_err(ConnectError::Subscribe)?;
    // Also sees that the server has taken the subscription.
    check_permitted(&connection).await?;
    let links = Links::new(std::sync::Arc::new(connection.clone()));
    let (closed, weak) = links.weak();
    tokio::spawn(async move {
        tokio::select! {
            () = closed.cancelled() => {}
            () = distribute(&connection, messages, &weak) => {}
        }
    });
    Ok(links)
}

/// Sees that the server lets this node speak and be heard as itself: sends a message to itself, and waits until it arrives. Nothing
/// that others send is received.
///
/// # Errors
/// [`ConnectError::Subscribe`] or [`ConnectError::NotPermitted`].
pub async fn check_permitted(connection: &Connection) -> Result<(), ConnectError> {
    let node = connection.node();
    let denied = || ConnectError::NotPermitted { node: node.clone() };
    let link = LinkId::random().map_err(|_| denied())?;
    let subject = connection.subjects().frame(node, node);
    let subscribed = connection.client().subscribe(subject.clone()).await;
    let mut messages = subscribed.map_err(ConnectError::Subscribe)?;
    let hello = connection.send(node, link, Bytes::new(), true);
    hello.await.map_err(|WireClosed| denied())?;
    let heard = async {
        while let Some(message) = messages.next().await {
            if message.subject.as_str() == subject {
                return Ok(());
            }
        }
        Err(denied())
    };
    let heard = tokio::time::timeout(HELLO, heard).await;
    heard.unwrap_or_else(|_| Err(denied()))
}

/// Hands what arrives to the links, until the connection is closed for good.
async fn distribute(connection: &Connection, mut messages: Subscriber, links: &WeakLinks) {
    let mut breaks = connection.breaks();
    let refusals = Refusals::default();
    loop {
        tokio::select! {
            biased;
            changed = breaks.changed() => {
                if let Some(links) = links.upgrade() {
                    links.disconnected();
                }
                if changed.is_err() {
                    return;
                }
            }
            message = messages.next() => match (message, links.upgrade()) {
                (Some(message), Some(links)) => deliver(connection, &links, message, &refusals),
                (_, Some(links)) => return links.disconnected(),
                (_, None) => return,
            },
        }
    }
}

fn deliver(connection: &Connection, links: &Links, message: Message, refusals: &Refusals) {
    let (node, subjects) = (connection.node(), connection.subjects());
    let subject = message.subject.as_str();
    if message.status == Some(StatusCode::NO_RESPONDERS) && message.payload.is_empty() {
        if let Some((other, link, is_first)) = subjects.parse_subject(node, subject) {
            links.unreceived(&other, link, is_first);
        }
        return;
    }
    let has_headers = message.headers.is_some() || message.status.is_some();
    let reply = message.reply.as_ref().map(async_nats::Subject::as_str);
    match subjects.parse_frame(node, subject, reply) {
        // What `check_permitted` sends.
        Some((from, ..)) if from == *node && message.payload.is_empty() => {}
        Some((from, link, is_first)) if !has_headers => {
            links.receive(&from, link, &message.payload, is_first);
        }
        _ => {
            if let Some(refused) = refusals.note(Instant::now()) {
                tracing::warn!(subject, refused, "a message that no node sends is refused");
            }
        }
    }
}
