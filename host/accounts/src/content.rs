//! Data that a skill hands to a capability, charged until it is dropped.

use std::ops::Deref;

use crate::account::{Account, Charge, Exhausted, Holder};

/// Bytes of a skill, and their charge.
#[derive(Debug)]
pub struct Content {
    bytes: Vec<u8>,
    _held: Charge,
}

impl Content {
    /// Charges `bytes` to the account of a call.
    ///
    /// # Errors
    /// [`Exhausted`]
    pub fn new(bytes: Vec<u8>, account: &Account) -> Result<Self, Exhausted> {
        let held = account.charge(Holder::Buffers, bytes.len() as u64)?;
        Ok(Self { bytes, _held: held })
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
