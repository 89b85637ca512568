//! States with a version, so that a skill knows an old one. The state itself is the host's:
//! `skill::context::get_state` and `set_state`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::messagepack;
use crate::SkillError;

/// A state and the version of what it is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StateEnvelope {
    /// The version.
    pub schema_version: u32,
    /// The state, as MessagePack.
    #[serde(with = "messagepack::bytes")]
    pub data: Vec<u8>,
}

/// Encodes a state.
///
/// # Errors
/// When it cannot be encoded.
pub fn marshal_state<S: Serialize>(schema_version: u32, state: &S) -> Result<Vec<u8>, SkillError> {
    let data = rmp_serde::to_vec_named(state)?;
    Ok(rmp_serde::to_vec_named(&StateEnvelope {
        schema_version,
        data,
    })?)
}

/// Decodes a state; its version, and the state.
///
/// # Errors
/// When there is none, or another than `D`.
pub fn unmarshal_state<D: DeserializeOwned>(raw: &[u8]) -> Result<(u32, D), SkillError> {
    if raw.is_empty() {
        return Err("empty state".into());
    }
    let envelope: StateEnvelope = rmp_serde::from_slice(raw)?;
    Ok((
        envelope.schema_version,
        rmp_serde::from_slice(&envelope.data)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_its_version() {
        let raw = marshal_state(3, &vec!["a".to_owned()]).unwrap();
        let (version, state): (u32, Vec<String>) = unmarshal_state(&raw).unwrap();
        assert_eq!((version, state), (3, vec!["a".to_owned()]));
        assert_eq!(unmarshal_state::<u8>(b"").unwrap_err().0, "empty state");
    }
}
