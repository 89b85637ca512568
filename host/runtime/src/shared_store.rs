//! Namespaces of `store` that skills share: kept in this host's database, unless the host keeps them elsewhere.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::future::BoxFuture;
use luminarys_accounts::{Answer, Charge, Exhausted};
use luminarys_store::{Change, Usage};
use thiserror::Error;

/// How many namespaces are remembered whose keys in this host's own database were looked for: a pattern in a manifest may allow
/// any number of names.
const MOST_LOOKED_FOR: usize = 10_000;
/// The memory of a pair in addition to its bytes.
pub(crate) const PAIR: usize = 64;

/// A namespace cannot be read or changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SharedStoreError {
    /// It would hold more than it may. Nothing has changed.
    #[error("{0}")]
    Full(String),
    /// It cannot be reached. Nothing has changed.
    #[error("{0}")]
    Unavailable(String),
    /// The store fails, or it is not known whether the change was made; the text says so.
    #[error("{0}")]
    Broken(String),
}

/// Changes of a namespace on their way, charged to the call that makes them until they are dropped.
#[derive(Debug, Default)]
pub struct Changes {
    /// The values that keys must have; none: the key is absent.
    pub expected: Vec<Change>,
    /// The new values; none: the key is removed.
    pub changes: Vec<Change>,
    pub(crate) held: Charge,
}

impl Changes {
    /// Returns changes that are charged to nobody.
    pub fn new(expected: Vec<Change>, changes: Vec<Change>) -> Self {
        Self {
            expected,
            changes,
            held: Charge::default(),
        }
    }
}

/// A page of keys that begin with a prefix, as far as it is read, charged to the call that reads it.
pub struct Page {
    pub(crate) prefix: String,
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
    /// The bytes of keys and values that it may have.
    pub(crate) most: u64,
    pub(crate) with_values: bool,
    pub(crate) answer: Answer,
    pub(crate) found: Vec<(String, Vec<u8>)>,
    pub(crate) bytes: u64,
    /// Whether there are more.
    pub(crate) more: bool,
    pub(crate) full: Option<Exhausted>,
}

impl Page {
    /// Returns what its keys begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the key that its first one comes after, if any.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Adds the next pair. Returns whether the page is full, so that no more are needed.
    pub fn add(&mut self, key: &str, value: &[u8]) -> bool {
        let value = if self.with_values { value } else { &[] };
        let size = (key.len() + value.len()) as u64;
        if self.found.len() >= self.limit || size > self.most - self.bytes {
            self.more = true;
            return true;
        }
        let held = self.bytes + size + (self.found.len() * PAIR) as u64;
        if let Err(exhausted) = self.answer.reach(held) {
            self.full = Some(exhausted);
            return true;
        }
        self.bytes += size;
        self.found.push((key.to_owned(), value.to_vec()));
        false
    }
}

/// Keeps namespaces of `store`. Once a future of it is polled, the operation goes on to its end, even if the future is dropped.
pub trait SharedStore: Send + Sync {
    /// Returns the value of a key, or none.
    fn get(
        &self,
        namespace: String,
        key: String,
    ) -> BoxFuture<'static, Result<Option<Vec<u8>>, SharedStoreError>>;

    /// Adds keys in order, with their values, to a page until it is full. Returns it.
    fn page(
        &self,
        namespace: String,
        page: Page,
    ) -> BoxFuture<'static, Result<Page, SharedStoreError>>;

    /// Returns what a namespace holds.
    fn usage(&self, namespace: String) -> BoxFuture<'static, Result<Usage, SharedStoreError>>;

    /// Makes all changes in one step if all expectations are met; returns for each change whether the key existed before it,
    /// or none when an expectation is not met. Fails with [`SharedStoreError::Full`] when a change that adds something leaves
    /// more than `most` bytes in the namespace.
    fn apply(
        &self,
        namespace: String,
        most: u64,
        changes: Changes,
    ) -> BoxFuture<'static, Result<Option<Vec<bool>>, SharedStoreError>>;

    /// Returns how many bytes a namespace may hold at most, whatever manifests allow.
    fn max_bytes(&self) -> u64;

    /// Returns where it keeps namespaces, for an operator: `the cluster lab`.
    fn place(&self) -> String;
}

/// A slot for what keeps shared namespaces in place of this host's own database. Cheap to clone.
#[derive(Clone, Default)]
pub struct SharedStoreSlot(Arc<Inner>);

#[derive(Default)]
struct Inner {
    store: OnceLock<Arc<dyn SharedStore>>,
    /// The namespaces whose keys in this host's own database were looked for.
    looked_for: Mutex<HashSet<String>>,
}

impl SharedStoreSlot {
    /// Sets the store once, before skills are loaded; later calls are ignored.
    pub fn set(&self, store: Arc<dyn SharedStore>) {
        let _ = self.0.store.set(store);
    }

    /// Returns the store, if one is set.
    pub fn get(&self) -> Option<Arc<dyn SharedStore>> {
        self.0.store.get().cloned()
    }

    /// Returns true for each namespace once; of more than 10,000, for the first ones.
    pub(crate) fn is_new(&self, namespace: &str) -> bool {
        let looked_for = self.0.looked_for.lock();
        let mut looked_for = looked_for.unwrap_or_else(PoisonError::into_inner);
        !looked_for.contains(namespace)
            && looked_for.len() < MOST_LOOKED_FOR
            && looked_for.insert(namespace.to_owned())
    }
}

impl std::fmt::Debug for SharedStoreSlot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedStoreSlot")
    }
}

/// The same slot; what it holds does not change.
impl PartialEq for SharedStoreSlot {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_namespace_is_new_once_and_few_are_remembered() {
        let slot = SharedStoreSlot::default();
        assert!(slot.is_new("a") && slot.is_new("b") && !slot.clone().is_new("a"));
        let new = (0..2 * MOST_LOOKED_FOR).filter(|it| slot.is_new(&it.to_string()));
        assert_eq!(new.count(), MOST_LOOKED_FOR - 2);
    }
}
