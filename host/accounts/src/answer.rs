//! An answer of a capability, charged as it grows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::{Account, Charge, Exhausted, Holder};

/// The charge of an answer that is being put together, possibly on several threads. Clones share one charge, which is
/// released with the last of them.
#[derive(Clone, Debug)]
pub struct Answer(Arc<Mutex<Charge>>);

impl Answer {
    /// Opens a charge of nothing yet for an answer to the call with this account.
    pub fn new(account: &Account) -> Self {
        Self(Arc::new(Mutex::new(account.open(Holder::Buffers))))
    }

    /// Opens a charge for data read from a connection of a skill; `reset` releases it once the skill has the data.
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

    /// Grows the charge to `bytes`; does nothing when it is larger already.
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
