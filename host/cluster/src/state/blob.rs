//! Content that is too large for an entry of the log: it is kept in parts.

use bytes::{Bytes, BytesMut};
use sha2::{Digest as _, Sha256};

use crate::state::entry::{BlobId, Content, HEADER, MAX_CONTENT};
use crate::state::log::{Log, LogError};

/// Keeps content: in the entry where it fits, or in parts with the entry's id.
///
/// # Errors
/// [`LogError::Unavailable`]; what was kept stays, and is replaced when this is tried again.
pub(crate) async fn keep(log: &dyn Log, id: BlobId, content: &Bytes) -> Result<Content, LogError> {
    if content.len() + HEADER <= log.max_bytes() {
        return Ok(Content::Here(content.clone()));
    }
    let mut rest = content.clone();
    let mut parts = 0;
    while !rest.is_empty() {
        let part = rest.split_to(rest.len().min(log.max_bytes()));
        log.put_part(id, parts, part).await?;
        parts += 1;
    }
    Ok(Content::Parts {
        parts,
        length: content.len() as u64,
        digest: Sha256::digest(content).into(),
    })
}

/// Returns content; none when a part of it was removed, or is not what it was.
///
/// # Errors
/// [`LogError::Unavailable`].
pub(crate) async fn load(
    log: &dyn Log,
    id: BlobId,
    content: &Content,
) -> Result<Option<Bytes>, LogError> {
    let (parts, length, digest) = match content {
        Content::Here(content) => return Ok(Some(content.clone())),
        Content::Parts {
            parts,
            length,
            digest,
        } => (*parts, (*length).min(MAX_CONTENT), digest),
    };
    let mut all = BytesMut::new();
    for number in 0..parts {
        let Some(part) = log.part(id, number).await? else {
            return Ok(None);
        };
        if (all.len() + part.len()) as u64 > length {
            return Ok(None);
        }
        all.extend_from_slice(&part);
    }
    let found: [u8; 32] = Sha256::digest(&all).into();
    Ok((all.len() as u64 == length && found == *digest).then(|| all.freeze()))
}

/// Removes the parts of content that nothing refers to any more. What cannot be removed stays, and takes space.
pub(crate) async fn remove(log: &dyn Log, id: BlobId, content: &Content) {
    let Content::Parts { parts, .. } = content else {
        return;
    };
    for number in 0..*parts {
        if let Err(error) = log.remove_part(id, number).await {
            tracing::warn!(%error, "what the log of a namespace no longer needs cannot be removed");
            return;
        }
    }
}
