//! Receives bytes whose number is known, in parts.

use bytes::Bytes;
use thiserror::Error;

use crate::error::LinkError;
use crate::link::Link;

/// What was announced is not received.
#[derive(Debug, Error)]
pub(crate) enum PartsError<E> {
    /// The link has ended.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What the other node sends is not what it has announced.
    #[error("{0}")]
    Invalid(&'static str),
    /// There is no room for it.
    #[error("there is no room for it")]
    NoRoom(E),
}

/// Receives the `expected` number of bytes as messages with `tag`. `charge` charges them as they arrive: what is only announced
/// takes no memory.
///
/// # Errors
/// [`PartsError`].
pub(crate) async fn receive_parts<E>(
    link: &Link,
    tag: u8,
    expected: u64,
    mut charge: impl FnMut(u64) -> Result<(), E>,
) -> Result<Bytes, PartsError<E>> {
    // A short answer comes in one part, which need not be copied.
    let mut first = None;
    let mut all = Vec::new();
    let mut length = 0;
    while let Some(message) = link.receive().await? {
        if message.tag != tag {
            return Err(PartsError::Invalid("a message is of an unexpected kind"));
        }
        let bytes = message.bytes.len() as u64;
        length += bytes;
        if length > expected {
            return Err(PartsError::Invalid("there are more bytes than announced"));
        }
        charge(bytes).map_err(PartsError::NoRoom)?;
        if first.is_none() {
            first = Some(message.bytes);
        } else {
            if let Some(first) = first.as_mut().filter(|_| all.is_empty()) {
                all.extend_from_slice(first);
                first.clear();
            }
            all.extend_from_slice(&message.bytes);
        }
    }
    if length < expected {
        return Err(PartsError::Invalid("there are fewer bytes than announced"));
    }
    Ok(match first {
        Some(first) if all.is_empty() => first,
        _ => Bytes::from(all),
    })
}
