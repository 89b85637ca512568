//! The bytes of a file on their way: from a file that is read to a link, and from a link to a file that is written.

use std::time::Duration;

use bytes::Bytes;
use luminarys_text::hexadecimal;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::error::LinkError;
use crate::link::Link;
use crate::names::NodeName;
use crate::transfer::files::{Reading, Writing};
use crate::transfer::head::{Step, TransferFailure, TransferFailureKind};

/// A step of the transfer.
pub(crate) const STEP: u8 = 1;
/// A part of the file.
pub(crate) const DATA: u8 = 2;
/// The largest part, in bytes.
pub(crate) const CHUNK: usize = 256 << 10;
/// How many bytes may be on their way.
pub(crate) const WINDOW: u32 = 4 << 20;
/// How long the other node may send or take nothing.
const IDLE: Duration = Duration::from_secs(if cfg!(test) { 5 } else { 30 });
/// How many bytes a second it reads again at least, when a transfer goes on where it was: both need the digest of the whole.
const REREAD: u64 = 16 << 20;

/// A file is not transferred.
#[derive(Debug, Error)]
pub enum TransferError {
    /// The link to the other node has ended, and the transfer cannot go on.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The other node says why.
    #[error("node {node}: {failure}")]
    There {
        /// The other node.
        node: NodeName,
        /// Why.
        failure: TransferFailure,
    },
    /// It fails on this node.
    #[error("{0}")]
    Here(TransferFailure),
    /// The other node makes no progress.
    #[error("node {node} made no progress for {} s", limit.as_secs())]
    Stalled {
        /// The other node.
        node: NodeName,
        /// How long it had.
        limit: Duration,
    },
    /// The other node sent what does not belong to a transfer.
    #[error("node {node} sent an invalid answer: {reason}")]
    Invalid {
        /// The other node.
        node: NodeName,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reports how many bytes of how many have been transferred.
pub type OnProgress<'a> = dyn FnMut(u64, u64) + Send + 'a;

/// Returns how long the other node has for a step in which it reads `reread` bytes again.
fn limit(reread: u64) -> Duration {
    IDLE + Duration::from_secs(reread / REREAD)
}

/// Waits for the other node, for a limited time. It has longer where it must read again the `reread` bytes that it has.
pub(crate) async fn in_time<T, E: Into<TransferError>>(
    link: &Link,
    reread: u64,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, TransferError> {
    let limit = limit(reread);
    match tokio::time::timeout(limit, step).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(TransferError::Stalled {
            node: link.peer().clone(),
            limit,
        }),
    }
}

/// Sends a step.
pub(crate) async fn send_step(link: &Link, step: &Step) -> Result<(), LinkError> {
    link.send(STEP, Bytes::from(step.encode())).await
}

/// Receives the next step, where no data may come.
pub(crate) async fn receive_step(link: &Link) -> Result<Step, TransferError> {
    let invalid = |reason: String| TransferError::Invalid {
        node: link.peer().clone(),
        reason,
    };
    match link.receive().await? {
        Some(message) if message.tag == STEP => {
            match Step::parse(&message.bytes).map_err(|error| invalid(error.to_string()))? {
                Step::Failed(failure) => Err(TransferError::There {
                    node: link.peer().clone(),
                    failure,
                }),
                step => Ok(step),
            }
        }
        Some(_) => Err(invalid("a message is of an unexpected kind".to_owned())),
        None => Err(invalid("it ended too early".to_owned())),
    }
}

fn changed() -> TransferFailure {
    let text = "the file has changed while it was sent; try again";
    TransferFailure::new(TransferFailureKind::Damaged, text)
}

/// Sends a file from `offset` on, and its digest, which is returned.
pub(crate) async fn send_out(
    link: &Link,
    file: &mut dyn Reading,
    offset: u64,
    on_progress: &mut OnProgress<'_>,
) -> Result<String, TransferError> {
    let size = file.size();
    if offset > size {
        return Err(TransferError::Invalid {
            node: link.peer().clone(),
            reason: format!("it has {offset} bytes of a file of {size}"),
        });
    }
    // This is limited below.
    link.set_patience(2 * limit(offset));
    let (mut digest, mut at) = (Sha256::new(), 0);
    while at < size {
        // What the other node has already must be read as well: the digest is that of the whole.
        let end = if at < offset { offset } else { size };
        let most = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        let bytes = file.read(at, most).await.map_err(TransferError::Here)?;
        if bytes.is_empty() || bytes.len() > most {
            return Err(TransferError::Here(changed()));
        }
        digest.update(&bytes);
        at += bytes.len() as u64;
        if at > offset {
            in_time(link, offset, link.send_all(DATA, bytes, CHUNK)).await?;
            on_progress(at, size);
        } else {
            // Reading does not wait for the link, so that nothing else notices its end.
            link.check()?;
        }
    }
    if !file
        .read(size, 1)
        .await
        .map_err(TransferError::Here)?
        .is_empty()
    {
        return Err(TransferError::Here(changed()));
    }
    let digest = hexadecimal(&digest.finalize());
    send_step(link, &Step::Digest(digest.clone())).await?;
    Ok(digest)
}

/// Refuses a file that there is no space for.
pub(crate) async fn check_space(file: &mut dyn Writing, size: u64) -> Result<(), TransferFailure> {
    let (needed, free) = (
        size.saturating_sub(file.received()),
        file.free_space().await?,
    );
    if needed > free {
        let text = format!("the file needs {needed} bytes more; there is space for {free}");
        return Err(TransferFailure::new(TransferFailureKind::NoSpace, text));
    }
    Ok(())
}

/// Receives a file of `size` bytes from where it was left, and gives it its name once it is known to be whole. Returns its
/// digest.
pub(crate) async fn receive_in(
    link: &Link,
    mut file: Box<dyn Writing>,
    size: u64,
    on_progress: &mut OnProgress<'_>,
) -> Result<String, TransferError> {
    let invalid = |reason: &str| TransferError::Invalid {
        node: link.peer().clone(),
        reason: reason.to_owned(),
    };
    let (mut digest, mut at, begun) = (Sha256::new(), 0, file.received());
    while at < begun {
        let most = usize::try_from(begun - at).unwrap_or(CHUNK).min(CHUNK);
        let bytes = file
            .read_back(at, most)
            .await
            .map_err(TransferError::Here)?;
        if bytes.is_empty() {
            file.discard().await;
            let text = "what was received before is damaged; try again";
            let failure = TransferFailure::new(TransferFailureKind::Damaged, text);
            return Err(TransferError::Here(failure));
        }
        digest.update(&bytes);
        at += bytes.len() as u64;
        link.check()?;
    }
    let expected = loop {
        let reread = if at == begun { begun } else { 0 };
        match in_time(link, reread, link.receive()).await? {
            Some(message) if message.tag == DATA => {
                let length = message.bytes.len() as u64;
                if length == 0 || length > size.saturating_sub(at) {
                    file.discard().await;
                    return Err(invalid("it sent more than the file has"));
                }
                digest.update(&message.bytes);
                file.append(message.bytes)
                    .await
                    .map_err(TransferError::Here)?;
                at += length;
                on_progress(at, size);
            }
            Some(message) => match Step::parse(&message.bytes) {
                Ok(Step::Digest(digest)) if message.tag == STEP => break digest,
                Ok(Step::Failed(failure)) if message.tag == STEP => {
                    let node = link.peer().clone();
                    return Err(TransferError::There { node, failure });
                }
                _ => return Err(invalid("a message is of an unexpected kind")),
            },
            None => return Err(invalid("it ended too early")),
        }
    };
    let digest = hexadecimal(&digest.finalize());
    if at != size || digest != expected {
        // It cannot be known where it is wrong.
        file.discard().await;
        let text = "what arrived is not what was sent: the SHA-256 differs; try again";
        let failure = TransferFailure::new(TransferFailureKind::Damaged, text);
        return Err(TransferError::Here(failure));
    }
    file.commit().await.map_err(TransferError::Here)?;
    Ok(digest)
}
