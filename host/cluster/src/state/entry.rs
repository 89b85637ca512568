//! Entries of the log of a namespace.
//!
//! ```text
//! version (1 byte) · kind (1) · id (16) · id of the entry before (16) · form (1) · content, or where it is
//! content: number of changes (4) · of each: length of the key (2) · key · 1 · length of the value (4) · value, or 0
//! where it is: parts (4) · length (8) · SHA-256 (32); the parts have the entry's id
//! ```

use bytes::{BufMut as _, Bytes, BytesMut};
use luminarys_store::Change;
use thiserror::Error;

/// The version of the format.
const VERSION: u8 = 1;
/// The bytes of an entry before its content.
pub(crate) const HEADER: usize = 35;
/// The largest content, in bytes.
pub const MAX_CONTENT: u64 = 256 << 20;
/// The longest key, in bytes.
const MAX_KEY: usize = 4 << 10;

/// Names a blob: the id of the entry that refers to it.
pub type BlobId = [u8; 16];

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It makes changes.
    Changes,
    /// It replaces everything before it.
    Summary,
}

/// Where the content of an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// In the entry.
    Here(Bytes),
    /// In parts, which have the entry's id.
    Parts {
        parts: u32,
        length: u64,
        digest: [u8; 32],
    },
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub kind: Kind,
    /// Unique: chosen at random.
    pub id: [u8; 16],
    /// The id of the entry before; zeros for the first one. It tells whether a copy belongs to this log.
    pub previous: [u8; 16],
    pub content: Content,
}

/// Bytes are not an entry, or not its content.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EntryError {
    /// It is cut off, or something follows it.
    #[error("it has the wrong length")]
    Length,
    /// The version is unknown.
    #[error("it has version {0}; this node knows version {VERSION}")]
    Version(u8),
    /// A part of it is not allowed.
    #[error("it has an invalid {0}")]
    Invalid(&'static str),
}

/// Takes bytes off the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], EntryError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(EntryError::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EntryError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(EntryError::Length)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, EntryError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn length(&mut self) -> Result<usize, EntryError> {
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| EntryError::Length)
    }

    fn end(&self) -> Result<(), EntryError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(EntryError::Length)
        }
    }
}

impl Entry {
    /// Parses an entry.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn parse(bytes: &Bytes) -> Result<Self, EntryError> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(EntryError::Version(version));
        }
        let kind = match reader.byte()? {
            1 => Kind::Changes,
            2 => Kind::Summary,
            _ => return Err(EntryError::Invalid("kind")),
        };
        let (id, previous) = (reader.array()?, reader.array()?);
        let content = match reader.byte()? {
            0 => Content::Here(bytes.slice(HEADER..)),
            1 => {
                let parts = u32::from_be_bytes(reader.array()?);
                let length = u64::from_be_bytes(reader.array()?);
                let digest = reader.array()?;
                reader.end()?;
                if length > MAX_CONTENT || u64::from(parts) > length {
                    return Err(EntryError::Invalid("length of its content"));
                }
                Content::Parts {
                    parts,
                    length,
                    digest,
                }
            }
            _ => return Err(EntryError::Invalid("form")),
        };
        Ok(Self {
            kind,
            id,
            previous,
            content,
        })
    }

    /// Returns the entry as bytes.
    pub fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::new();
        bytes.put_u8(VERSION);
        bytes.put_u8(match self.kind {
            Kind::Changes => 1,
            Kind::Summary => 2,
        });
        bytes.put_slice(&self.id);
        bytes.put_slice(&self.previous);
        match &self.content {
            Content::Here(content) => {
                bytes.put_u8(0);
                bytes.put_slice(content);
            }
            Content::Parts {
                parts,
                length,
                digest,
            } => {
                bytes.put_u8(1);
                bytes.put_u32(*parts);
                bytes.put_u64(*length);
                bytes.put_slice(digest);
            }
        }
        bytes.freeze()
    }
}

/// Adds a change to content.
fn put_change(content: &mut BytesMut, key: &str, value: Option<&[u8]>) -> Result<(), EntryError> {
    let length = u16::try_from(key.len())
        .ok()
        .filter(|_| key.len() <= MAX_KEY);
    content.put_u16(length.ok_or(EntryError::Invalid("key"))?);
    content.put_slice(key.as_bytes());
    match value {
        Some(value) => {
            content.put_u8(1);
            let length = u32::try_from(value.len());
            content.put_u32(length.map_err(|_| EntryError::Invalid("value"))?);
            content.put_slice(value);
        }
        None => content.put_u8(0),
    }
    Ok(())
}

/// Returns changes as bytes.
///
/// # Errors
/// [`EntryError::Invalid`]: a key or a value is too long.
pub(crate) fn encode_changes<'a>(
    changes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
) -> Result<Bytes, EntryError> {
    let mut content = BytesMut::new();
    content.put_u32(0);
    let mut count: u32 = 0;
    for (key, value) in changes {
        put_change(&mut content, key, value)?;
        count = count
            .checked_add(1)
            .ok_or(EntryError::Invalid("number of changes"))?;
    }
    content[..4].copy_from_slice(&count.to_be_bytes());
    Ok(content.freeze())
}

/// Parses changes. Memory is taken as bytes are read, not as they are promised.
///
/// # Errors
/// [`EntryError`].
pub(crate) fn parse_changes(content: &[u8]) -> Result<Vec<Change>, EntryError> {
    let mut reader = Reader(content);
    let count = reader.length()?;
    let mut changes = Vec::new();
    for _ in 0..count {
        let length = usize::from(u16::from_be_bytes(reader.array()?));
        if length > MAX_KEY {
            return Err(EntryError::Invalid("key"));
        }
        let key = std::str::from_utf8(reader.take(length)?);
        let key = key.map_err(|_| EntryError::Invalid("key"))?.to_owned();
        let value = match reader.byte()? {
            0 => None,
            1 => {
                let length = reader.length()?;
                Some(reader.take(length)?.to_vec())
            }
            _ => return Err(EntryError::Invalid("value")),
        };
        changes.push((key, value));
    }
    reader.end()?;
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refs(changes: &[Change]) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        changes
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_deref()))
    }

    proptest! {
        #[test]
        fn changes_are_read_back(
            changes in proptest::collection::vec(("\\PC{0,20}", proptest::option::of(any::<Vec<u8>>())), 0..20)
        ) {
            let content = encode_changes(refs(&changes)).unwrap();
            prop_assert_eq!(parse_changes(&content).unwrap(), changes);
        }

        #[test]
        fn entries_are_read_back(id: [u8; 16], previous: [u8; 16], is_summary: bool, content: Vec<u8>, parts: Option<u32>) {
            let content = match parts {
                Some(parts) => Content::Parts { parts: parts >> 8, length: MAX_CONTENT, digest: [7; 32] },
                None => Content::Here(Bytes::from(content)),
            };
            let kind = if is_summary { Kind::Summary } else { Kind::Changes };
            let entry = Entry { kind, id, previous, content };
            prop_assert_eq!(Entry::parse(&entry.encode()).unwrap(), entry);
        }

        #[test]
        fn any_bytes_are_read_without_panic(mut bytes: Vec<u8>, counted: Vec<u8>) {
            let _ = (Entry::parse(&Bytes::from(bytes.clone())), parse_changes(&bytes));
            bytes.splice(..0, [1, 1].into_iter().chain([0; 32]));
            if let Ok(entry) = Entry::parse(&Bytes::from(bytes.clone())) {
                prop_assert_eq!(entry.encode(), bytes);
            }
            let counted = [&[0, 0, 0, 2, 0, 1, 65][..], &counted].concat();
            if let Ok(changes) = parse_changes(&counted) {
                prop_assert_eq!(encode_changes(refs(&changes)).unwrap(), counted);
            }
        }
    }

    #[test]
    fn invalid_content_is_refused() {
        // It promises four thousand million changes, and a value as large.
        assert_eq!(parse_changes(&[255; 4]), Err(EntryError::Length));
        let value = [0, 0, 0, 1, 0, 1, 65, 1, 255, 255, 255, 255, 0];
        assert_eq!(parse_changes(&value), Err(EntryError::Length));
        assert_eq!(
            parse_changes(&[0, 0, 0, 1, 255, 255]),
            Err(EntryError::Invalid("key"))
        );
        assert_eq!(parse_changes(&[0, 0, 0, 0, 0]), Err(EntryError::Length));
        let long = "k".repeat(MAX_KEY + 1);
        assert!(encode_changes([(long.as_str(), None)]).is_err());
    }
}
