//! Receives bytes whose number is known, in parts.

use bytes::Bytes;

use crate::error::LinkError;
use crate::link::Link;

/// Receives the `expected` number of bytes as messages with `tag`. Returns them, or what is wrong with them.
///
/// # Errors
/// The link has ended.
pub(crate) async fn receive_parts(
    link: &Link,
    tag: u8,
    expected: u64,
) -> Result<Result<Bytes, &'static str>, LinkError> {
    // A short answer comes in one part, which need not be copied. Memory is taken as bytes come, not as they are promised.
    let mut first = None;
    let mut all = Vec::new();
    let mut length = 0;
    while let Some(message) = link.receive().await? {
        if message.tag != tag {
            return Ok(Err("a message is of an unexpected kind"));
        }
        length += message.bytes.len() as u64;
        if length > expected {
            return Ok(Err("there are more bytes than announced"));
        }
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
        return Ok(Err("there are fewer bytes than announced"));
    }
    Ok(Ok(match first {
        Some(first) if all.is_empty() => first,
        _ => Bytes::from(all),
    }))
}
