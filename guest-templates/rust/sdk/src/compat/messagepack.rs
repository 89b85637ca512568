//! MessagePack, which the older ABI is made of: payloads, states and values of commands are.

use serde::{Deserialize as _, Deserializer};

use crate::SkillError;

/// Bytes, of which there may be none: `with` of serde.
pub mod bytes {
    pub use serde_bytes::serialize;

    use super::{Deserializer, optional_bytes};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        optional_bytes(from)
    }
}

fn optional_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let bytes = Option::<serde_bytes::ByteBuf>::deserialize(from)?;
    Ok(bytes.unwrap_or_default().into_vec())
}

/// A list, of which there may be none: `deserialize_with` of serde.
pub fn list<'de, D: Deserializer<'de>, T: serde::Deserialize<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl From<rmp_serde::encode::Error> for SkillError {
    fn from(error: rmp_serde::encode::Error) -> Self {
        Self(format!("msgpack encode: {error}"))
    }
}

impl From<rmp_serde::decode::Error> for SkillError {
    fn from(error: rmp_serde::decode::Error) -> Self {
        Self(format!("msgpack decode: {error}"))
    }
}
