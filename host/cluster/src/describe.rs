//! Descriptions of instances: what a node tells of one, as bytes that the host gives a meaning. A lease has only their digests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::task::JoinSet;

use std::convert::Infallible;

use crate::call::{PartsError, receive_parts};
use crate::error::{LinkError, ResetReason};
use crate::link::{Incoming, Links, Purpose};
use crate::names::{InstanceName, NodeName};

/// The largest description, in bytes.
pub const MAX_DESCRIPTION: u64 = 1 << 20;
/// A part of one.
const PART: usize = 256 << 10;
/// How much of one may be on its way.
const WINDOW: u32 = 1 << 20;
/// How many are sent at a time.
const MAX_SENT: usize = 16;
/// How long a description may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How many bytes there are.
const SIZE: u8 = 1;
/// A part.
const CONTENT: u8 = 2;

/// What is asked for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    instance: InstanceName,
}

/// A description was not received.
#[derive(Debug, Error)]
pub enum DescribeError {
    /// The other node was not reached, or does not run the instance any more.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It does not have the digest that the node's lease has for it, as after a change that the lease does not tell yet.
    #[error("the description of {instance} by node {node} has another digest than its lease says")]
    Digest {
        /// The other node.
        node: NodeName,
        /// The instance.
        instance: InstanceName,
    },
    /// It did not come in time.
    #[error("node {node} did not describe {instance} within {} s", LIMIT.as_secs())]
    Late {
        /// The other node.
        node: NodeName,
        /// The instance.
        instance: InstanceName,
    },
    /// What was sent is not an answer.
    #[error("node {node} sent an invalid description of {instance}: {reason}")]
    Invalid {
        /// The other node.
        node: NodeName,
        /// The instance.
        instance: InstanceName,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Describes the instances of this node.
pub trait Describer: Send + Sync + 'static {
    /// Returns the description of an instance, or none.
    fn describe(&self, instance: &InstanceName) -> Option<Bytes>;
}

/// Asks a node for the description of an instance, and verifies it against its SHA-256.
///
/// # Errors
/// [`DescribeError`].
pub async fn describe(
    links: &Links,
    node: &NodeName,
    instance: &InstanceName,
    digest: [u8; 32],
) -> Result<Bytes, DescribeError> {
    let asked = tokio::time::timeout(LIMIT, ask(links, node, instance, digest)).await;
    asked.unwrap_or_else(|_| {
        Err(DescribeError::Late {
            node: node.clone(),
            instance: instance.clone(),
        })
    })
}

async fn ask(
    links: &Links,
    node: &NodeName,
    instance: &InstanceName,
    digest: [u8; 32],
) -> Result<Bytes, DescribeError> {
    let head = Head {
        instance: instance.clone(),
    };
    // It has no maps.
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let link = links
        .open(node, Purpose::Describe, Bytes::from(head))
        .await?;
    let invalid = |reason| DescribeError::Invalid {
        node: node.clone(),
        instance: instance.clone(),
        reason,
    };
    let first = link.receive().await?;
    let size = first
        .filter(|message| message.tag == SIZE)
        .and_then(|message| Some(u64::from_be_bytes(message.bytes.as_ref().try_into().ok()?)))
        .ok_or_else(|| invalid("it does not say its size"))?;
    if size > MAX_DESCRIPTION {
        return Err(invalid("it is larger than 1 MiB"));
    }
    link.widen(WINDOW).await?;
    let parts = receive_parts(&link, CONTENT, size, |_| Ok::<_, Infallible>(()));
    let bytes = parts.await.map_err(|error| match error {
        PartsError::Link(error) => error.into(),
        PartsError::Invalid(reason) => invalid(reason),
        PartsError::NoRoom(never) => match never {},
    })?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) != digest {
        return Err(DescribeError::Digest {
            node: node.clone(),
            instance: instance.clone(),
        });
    }
    Ok(bytes)
}

/// Sends descriptions to nodes that ask for them, until the future is dropped or the links are.
pub async fn serve_descriptions(links: &Links, describer: Arc<dyn Describer>) {
    let mut incoming = links.serve(Purpose::Describe);
    let mut sending = JoinSet::new();
    loop {
        tokio::select! {
            opened = incoming.recv() => match opened {
                Some(opened) if sending.len() < MAX_SENT => {
                    let describer = describer.clone();
                    sending.spawn(async move { serve(opened, &*describer).await });
                }
                Some(opened) => opened.link.reset(ResetReason::Busy),
                None => return,
            },
            Some(_) = sending.join_next() => {}
        }
    }
}

async fn serve(incoming: Incoming, describer: &dyn Describer) {
    let Incoming { from, head, link } = incoming;
    let found = serde_json::from_slice(&head)
        .ok()
        .and_then(|head: Head| describer.describe(&head.instance));
    let Some(bytes) = found else {
        return link.reset(ResetReason::NotServed);
    };
    let size = Bytes::copy_from_slice(&(bytes.len() as u64).to_be_bytes());
    let sent = async {
        link.send(SIZE, size).await?;
        link.finish(CONTENT, bytes, PART).await
    };
    if let Err(error) = sent.await {
        tracing::debug!(node = %from, %error, "a description was not sent");
    }
}
