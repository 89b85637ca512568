//! How many connections an instance holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use luminarys_accounts::{Charge, Holder, SkillAccounts};

use crate::error::NetworkError;

/// What the system and libraries keep for one connection, in bytes.
const CONNECTION: u64 = 128 << 10;

/// The connections that an instance holds. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Permits(Arc<AtomicU32>);

/// The right of an instance to one connection, returned when it is dropped.
#[derive(Debug)]
pub struct Permit {
    _place: Place,
    charges: Charges,
}

#[derive(Debug)]
struct Place(Permits);

/// What the skill is charged for a connection, whoever reads it.
#[derive(Debug)]
pub struct Charges {
    _memory: Charge,
    _descriptor: Charge,
}

impl Permit {
    /// Returns the right of the instance, and keeps the charges, for a connection that the host reads from now on.
    pub fn into_charges(self) -> Charges {
        self.charges
    }
}

impl Permits {
    /// Takes a permit for a connection of a skill that may hold `limit` of them.
    ///
    /// # Errors
    /// [`NetworkError::LimitExceeded`] that names the limit.
    pub fn take(&self, limit: u32, accounts: &SkillAccounts) -> Result<Permit, NetworkError> {
        let memory = accounts.held.charge(Holder::Connections, CONNECTION)?;
        let descriptor = accounts.descriptors.charge(Holder::Connections, 1)?;
        let more = |open: u32| (open < limit).then_some(open + 1);
        let taken = (self.0).fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map_err(|_| {
            let text = format!("{limit} connections are open, the skill's runtime.max_connections");
            NetworkError::LimitExceeded(text.into())
        })?;
        Ok(Permit {
            _place: Place(self.clone()),
            charges: Charges {
                _memory: memory,
                _descriptor: descriptor,
            },
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let less = |open: u32| open.checked_sub(1);
        let open = &(self.0).0;
        // Never below 0: a place exists only while it is counted.
        let _ = open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

#[cfg(test)]
mod tests {
    use luminarys_accounts::{Accounts, HostLimits};
    use luminarys_testing::each_row;

    use super::*;

    fn accounts(held: u64, descriptors: u64) -> SkillAccounts {
        let limits = HostLimits {
            held,
            guest_memory: 0,
            // A skill may have a quarter of them.
            descriptors: descriptors * 4,
        };
        Accounts::new(limits).skill("s", held, None)
    }

    #[test]
    fn permits_are_limited_and_returned() {
        let (permits, accounts) = (Permits::default(), accounts(u64::MAX, 100));
        let clone = permits.clone();
        let first = permits.take(2, &accounts).unwrap();
        let second = clone.take(2, &accounts).unwrap();
        let error = permits.take(2, &accounts).unwrap_err();
        assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
        drop(first);
        let third = permits.take(2, &accounts).unwrap();
        // A connection that the host reads counts no longer, but is still charged.
        let charges = second.into_charges();
        let fourth = permits.take(2, &accounts).unwrap();
        assert_eq!(accounts.held.used(), 3 * CONNECTION);
        drop((third, fourth, charges));
        assert_eq!(accounts.held.used(), 0);
        assert_eq!(accounts.descriptors.used(), 0);
    }

    #[test]
    fn a_connection_that_cannot_be_charged_is_not_counted() {
        let rows = [accounts(CONNECTION - 1, 1), accounts(u64::MAX, 0)];
        each_row(rows, |accounts| {
            let permits = Permits::default();
            let error = permits.take(1, &accounts).unwrap_err();
            assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
            assert_eq!(accounts.held.used(), 0);
            assert_eq!(permits.0.load(Ordering::Relaxed), 0);
        });
    }
}
