//! The memory of requests in flight, charged to the client that sent them before it is used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use luminarys_orchestrator::ServingMetrics;

use crate::limits::Limits;
use crate::refusal::Exceeded;

/// What all clients together, and each of them, may hold.
pub(crate) struct Budget {
    limits: Limits,
    metrics: ServingMetrics,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    /// Clients that hold something.
    clients: HashMap<Arc<str>, Usage>,
}

#[derive(Default)]
struct Usage {
    bytes: usize,
    requests: usize,
}

impl Budget {
    pub fn new(limits: Limits, metrics: ServingMetrics) -> Arc<Self> {
        Arc::new(Self {
            limits,
            metrics,
            held: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request of `client` as open until the guard is dropped.
    ///
    /// # Errors
    /// [`Exceeded::ClientRequests`].
    pub fn open(self: &Arc<Self>, client: &Arc<str>) -> Result<Open, Exceeded> {
        let mut held = self.lock();
        let usage = held.clients.entry(client.clone()).or_default();
        let limit = self.limits.max_requests_per_client;
        if usage.requests >= limit {
            return Err(self.refuse(Exceeded::ClientRequests(limit)));
        }
        usage.requests += 1;
        Ok(Open {
            budget: self.clone(),
            client: client.clone(),
        })
    }

    /// Creates an empty charge to `client`.
    pub fn charge(self: &Arc<Self>, client: &Arc<str>) -> Charge {
        Charge {
            budget: self.clone(),
            client: client.clone(),
            bytes: Mutex::new(0),
        }
    }

    fn refuse(&self, exceeded: Exceeded) -> Exceeded {
        self.metrics.refused(exceeded.name());
        exceeded
    }

    fn take(&self, client: &Arc<str>, bytes: usize) -> Result<(), Exceeded> {
        let mut held = self.lock();
        let (all, each) = (self.limits.max_inflight_bytes, self.limits.client_bytes());
        if bytes > each {
            return Err(self.refuse(Exceeded::Never { bytes, limit: each }));
        }
        let of_client = held.clients.get(client).map_or(0, |usage| usage.bytes);
        if of_client.saturating_add(bytes) > each {
            return Err(self.refuse(Exceeded::ClientBytes(each)));
        }
        if held.bytes.saturating_add(bytes) > all {
            return Err(self.refuse(Exceeded::HostBytes(all)));
        }
        held.bytes += bytes;
        held.clients.entry(client.clone()).or_default().bytes += bytes;
        self.metrics.set_bytes_in_flight(held.bytes);
        Ok(())
    }

    fn give_back(&self, client: &Arc<str>, bytes: usize, requests: usize) {
        let mut held = self.lock();
        held.bytes = held.bytes.saturating_sub(bytes);
        self.metrics.set_bytes_in_flight(held.bytes);
        if let Some(usage) = held.clients.get_mut(client) {
            usage.bytes = usage.bytes.saturating_sub(bytes);
            usage.requests = usage.requests.saturating_sub(requests);
            if usage.bytes == 0 && usage.requests == 0 {
                held.clients.remove(client);
            }
        }
    }
}

/// A request that is open.
pub(crate) struct Open {
    budget: Arc<Budget>,
    client: Arc<str>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.budget.give_back(&self.client, 0, 1);
    }
}

/// What one request holds, until it is dropped.
pub(crate) struct Charge {
    budget: Arc<Budget>,
    client: Arc<str>,
    bytes: Mutex<usize>,
}

impl Charge {
    /// Creates an empty charge to the same client.
    pub fn beside(&self) -> Self {
        self.budget.charge(&self.client)
    }

    /// Returns how many bytes a client may use.
    pub fn most(&self) -> usize {
        self.budget.limits.client_bytes()
    }

    /// Charges `bytes` more.
    ///
    /// # Errors
    /// [`Exceeded`]; the charge is unchanged then.
    pub fn add(&self, bytes: usize) -> Result<(), Exceeded> {
        let mut own = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.take(&self.client, bytes)?;
        *own = own.saturating_add(bytes);
        Ok(())
    }

    /// Raises the charge to at least `bytes`.
    ///
    /// # Errors
    /// As [`Charge::add`].
    pub fn raise_to(&self, bytes: usize) -> Result<(), Exceeded> {
        let mut own = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let more = bytes.saturating_sub(*own);
        if more > 0 {
            if bytes > self.budget.limits.client_bytes() {
                let limit = self.budget.limits.client_bytes();
                return Err(self.budget.refuse(Exceeded::Never { bytes, limit }));
            }
            self.budget.take(&self.client, more)?;
            *own = bytes;
        }
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let own = *self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.give_back(&self.client, own, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn budget(bytes: usize) -> Arc<Budget> {
        let limits = Limits {
            max_inflight_bytes: bytes,
            ..Limits::default()
        };
        Budget::new(limits, ServingMetrics::default())
    }

    #[test]
    fn one_client_leaves_room_for_others() {
        let budget = budget(400);
        let [a, b] = ["a", "b"].map(Arc::<str>::from);
        let first = budget.charge(&a);
        first.add(90).unwrap();
        assert!(matches!(first.add(11), Err(Exceeded::ClientBytes(100))));
        assert!(matches!(first.add(101), Err(Exceeded::Never { .. })));
        budget.charge(&b).add(100).unwrap();
        first.raise_to(50).unwrap();
        first.raise_to(100).unwrap();
        assert!(first.raise_to(101).is_err());
        drop(first);
        budget.charge(&a).add(100).unwrap();
    }

    #[test]
    fn open_requests_are_counted() {
        let budget = budget(400);
        let client: Arc<str> = "a".into();
        let open: Vec<Open> = (0..Limits::default().max_requests_per_client)
            .map(|_| budget.open(&client).unwrap())
            .collect();
        assert!(budget.open(&client).is_err());
        assert!(budget.open(&"b".into()).is_ok());
        drop(open);
        assert!(budget.open(&client).is_ok());
        assert!(budget.lock().clients.is_empty());
    }

    proptest! {
        /// With any sequence of charges and releases, no limit is exceeded, and nothing is held at the end.
        #[test]
        fn no_limit_is_exceeded(steps in proptest::collection::vec((0_u8..6, 0_usize..80, any::<bool>()), 0..200)) {
            let budget = budget(400);
            let mut charges: Vec<Charge> = Vec::new();
            for (client, bytes, ends) in steps {
                if ends && !charges.is_empty() {
                    charges.remove(bytes % charges.len());
                } else {
                    let charge = budget.charge(&client.to_string().into());
                    let before = budget.lock().bytes;
                    let taken = charge.add(bytes).is_ok();
                    prop_assert_eq!(budget.lock().bytes, before + if taken { bytes } else { 0 });
                    charges.push(charge);
                }
                let held = budget.lock();
                prop_assert!(held.bytes <= 400);
                prop_assert!(held.clients.values().all(|usage| usage.bytes <= 100));
                prop_assert_eq!(held.bytes, held.clients.values().map(|usage| usage.bytes).sum::<usize>());
            }
            drop(charges);
            prop_assert_eq!(budget.lock().bytes, 0);
            prop_assert!(budget.lock().clients.is_empty());
        }
    }
}
