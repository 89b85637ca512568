//! An answer of a capability, charged as it grows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::{Account, Charge, Exhausted, Holder};

/// The charge of an answer that is being put together, perhaps on several threads. Clones are the same; it is released
/// with the last of them.
#[derive(Clone, Debug)]
pub struct Answer(Arc<Mutex<Charge>>);

impl Answer {
    /// An answer of nothing yet, to a call with this account.
    pub fn new(account: &Account) -> Self {
        Self(Arc::new(Mutex::new(account.open(Holder::Buffers))))
    }

    /// What is read for a connection of a skill, from which `reset` takes what the skill has.
    pub fn of_connection(account: &Account) -> Self {
        Self(Arc::new(Mutex::new(account.open(Holder::Connections))))
    }

    /// Charges `bytes` more.
    ///
    /// # Errors
    /// [`Exhausted`]
    pub fn grow(&self, bytes: u64) -> Result<(), Exhausted> {
        self.lock().grow(bytes)
    }

    /// Releases all that is charged.
    pub fn reset(&self) {
        self.lock().shrink(0);
    }

    /// Charges `bytes` in all, or as much as was charged before when that is more.
    ///
    /// # Errors
    /// [`Exhausted`]
    pub fn reach(&self, bytes: u64) -> Result<(), Exhausted> {
        let mut charge = self.lock();
        if bytes > charge.bytes() {
            charge.resize(bytes)?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Charge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
