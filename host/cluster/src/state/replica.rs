//! A shared namespace as a node uses it.

use std::sync::Arc;

use luminarys_store::{StoreDatabase, StoreError, Usage};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::state::copy::Inner;
use crate::state::error::StateError;
use crate::state::log::Log;

/// How many entries a log has before it is summarised.
const MOST_ENTRIES: u32 = 1_000;

/// A node's copy of a shared namespace. Cheap to clone.
#[derive(Clone)]
pub struct Replica(pub(crate) Arc<Inner>);

impl Replica {
    /// Returns the copy of the namespace of `log` that `store` holds as its namespace `namespace`; nothing else may write there.
    pub fn new(store: StoreDatabase, namespace: &str, log: Arc<dyn Log>) -> Self {
        Self::with_most_entries(store, namespace, log, MOST_ENTRIES)
    }

    pub(crate) fn with_most_entries(
        store: StoreDatabase,
        namespace: &str,
        log: Arc<dyn Log>,
        most_entries: u32,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            namespace: namespace.to_owned(),
            log,
            most_entries,
            turn: Mutex::default(),
        }))
    }

    /// Returns the value of a key, or none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        let key = key.to_owned();
        self.read(move |store, namespace| store.get(namespace, &key))
            .await
    }

    /// Passes the keys that begin with `prefix` and come after `after`, in order and with their values, to `enough` until that
    /// returns true; then returns what `enough` is part of.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn each<T: Send + 'static>(
        &self,
        prefix: &str,
        after: Option<&str>,
        mut into: T,
        mut enough: impl FnMut(&mut T, &str, &[u8]) -> bool + Send + 'static,
    ) -> Result<T, StateError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read(move |store, namespace| {
            let mut enough = |key: &str, value: &[u8]| enough(&mut into, key, value);
            store.each(namespace, &prefix, after.as_deref(), &mut enough)?;
            Ok(into)
        })
        .await
    }

    /// Returns what the namespace holds.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn usage(&self) -> Result<Usage, StateError> {
        self.read(StoreDatabase::usage).await
    }

    /// Brings the copy up to date, and reads it.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&StoreDatabase, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StateError> {
        let begun = Instant::now();
        let mut turn = self.0.turn.lock().await;
        while let Err(error) = self.0.catch_up(&mut turn, None).await {
            self.0.may_try_again(error, begun, false).await?;
        }
        self.0.blocking(read).await
    }

    /// Removes this node's copy, so that it is made anew from the log.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn forget(&self) -> Result<(), StateError> {
        let mut turn = self.0.turn.lock().await;
        turn.since_summary = 0;
        self.0.blocking(StoreDatabase::forget).await
    }
}
