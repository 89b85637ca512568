//! Where namespaces are kept: the skill's own in this host's database, shared ones there or where the host's slot says.

use futures::future::BoxFuture;
use luminarys_blocking::Lane;
use luminarys_store::{StoreDatabase, StoreError, Usage};

use crate::shared_store::{Changes, Page, SharedStore, SharedStoreError, SharedStoreSlot};

/// This host's database, used on the threads of one skill.
#[derive(Clone)]
pub(crate) struct Local {
    pub database: StoreDatabase,
    pub lane: Lane,
}

impl Local {
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StoreDatabase) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, SharedStoreError>> {
        let Self { database, lane } = self.clone();
        Box::pin(async move {
            let done = lane.run(move || work(&database)).await;
            let done = done.map_err(|error| SharedStoreError::Broken(error.to_string()))?;
            done.map_err(|error| match error {
                StoreError::TooLarge { .. } => SharedStoreError::Full(error.to_string()),
                StoreError::Busy => SharedStoreError::Unavailable(error.to_string()),
                StoreError::Database(_) => SharedStoreError::Broken(error.to_string()),
            })
        })
    }
}

impl SharedStore for Local {
    fn get(
        &self,
        namespace: String,
        key: String,
    ) -> BoxFuture<'static, Result<Option<Vec<u8>>, SharedStoreError>> {
        self.run(move |database| database.get(&namespace, &key))
    }

    fn page(
        &self,
        namespace: String,
        mut page: Page,
    ) -> BoxFuture<'static, Result<Page, SharedStoreError>> {
        self.run(move |database| {
            let (prefix, after) = (page.prefix.clone(), page.after.clone());
            let mut add = |key: &str, value: &[u8]| page.add(key, value);
            database.each(&namespace, &prefix, after.as_deref(), &mut add)?;
            Ok(page)
        })
    }

    fn usage(&self, namespace: String) -> BoxFuture<'static, Result<Usage, SharedStoreError>> {
        self.run(move |database| database.usage(&namespace))
    }

    fn apply(
        &self,
        namespace: String,
        most: u64,
        changes: Changes,
    ) -> BoxFuture<'static, Result<Option<Vec<bool>>, SharedStoreError>> {
        self.run(move |database| {
            let Changes {
                expected,
                changes,
                held,
            } = changes;
            let applied = database.apply(&namespace, most, &expected, &changes);
            drop(held);
            applied
        })
    }

    fn max_bytes(&self) -> u64 {
        u64::MAX
    }

    fn place(&self) -> String {
        "this host".to_owned()
    }
}

/// Runs an operation of the host's store as a task of its own, which keeps a place among the skill's threads: so it goes on when
/// its call is gone, and a skill has no more of them than threads.
pub(super) async fn detached<T: Send + 'static>(
    lane: Lane,
    work: BoxFuture<'static, Result<T, SharedStoreError>>,
) -> Result<T, SharedStoreError> {
    let broken = |error: &dyn std::fmt::Display| SharedStoreError::Broken(error.to_string());
    let place = lane.place().await.map_err(|error| broken(&error))?;
    let running = tokio::spawn(async move {
        let done = work.await;
        drop(place);
        done
    });
    running.await.unwrap_or_else(|error| Err(broken(&error)))
}

/// Warns once of keys that a shared namespace has in this host's database while it is kept elsewhere.
pub(super) async fn tell_of_kept(
    slot: &SharedStoreSlot,
    local: &Local,
    elsewhere: &dyn SharedStore,
    namespace: &str,
) {
    if !slot.is_new(namespace) {
        return;
    }
    match local.usage(local_name(namespace)).await {
        Ok(Usage { keys: 0, .. }) => {}
        Ok(Usage { keys, .. }) => {
            let place = elsewhere.place();
            tracing::warn!(
                namespace,
                keys,
                "the shared namespace {namespace:?} is kept by {place} now; the {keys} keys that this host had in it before stay in \
                 store.redb of its data_dir and are not used: without `cluster` in luminarys.yaml, skills have them again, and \
                 can copy them"
            );
        }
        Err(error) => {
            tracing::warn!(
                namespace,
                "it cannot be told whether this host has keys in this namespace that are not used: {error}"
            );
        }
    }
}

/// Returns the name of a shared namespace in this host's database.
pub(super) fn local_name(namespace: &str) -> String {
    format!("shared/{namespace}")
}
