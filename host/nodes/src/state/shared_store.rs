//! The namespaces that skills share, on all nodes of a cluster.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use luminarys_cluster::{MAX_SHARED, Replica, StateError};
use luminarys_orchestrator::{Changes, Page, SharedStore, SharedStoreError};
use luminarys_store::Usage;

use crate::state::error::{Failure, explain};
use crate::state::replicas::Replicas;

/// How often a namespace that has lost something, or is damaged, is told of in the log at most.
const TOLD: Duration = Duration::from_secs(60);

/// The namespaces that skills share, on all nodes of a cluster.
pub(crate) struct ClusterStore {
    replicas: Replicas,
    /// When it was last told that one has lost something or is damaged.
    told: Arc<Mutex<Option<Instant>>>,
}

impl ClusterStore {
    pub fn new(replicas: Replicas) -> Self {
        Self {
            replicas,
            told: Arc::default(),
        }
    }

    /// Does something with this node's copy of a namespace.
    fn with<T: Send + 'static, F>(
        &self,
        namespace: &str,
        work: impl FnOnce(Arc<Replica>) -> F + Send + 'static,
    ) -> BoxFuture<'static, Result<T, SharedStoreError>>
    where
        F: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        let what = format!("the shared namespace {namespace:?}");
        // No other namespace of the cluster begins so.
        let replica = self.replicas.get(&format!("shared/{namespace}"));
        let told = self.told.clone();
        Box::pin(async move {
            let replica = replica.map_err(|reason| {
                SharedStoreError::Unavailable(format!("{what} cannot be used: {reason}"))
            })?;
            work(replica).await.map_err(|error| {
                let is_lasting =
                    matches!(error, StateError::Lost { .. } | StateError::Damaged { .. });
                let failure = explain(&what, error);
                if is_lasting && may_tell(&told) {
                    tracing::error!("{}", failure.text());
                }
                match failure {
                    Failure::Full(text) => SharedStoreError::Full(text),
                    Failure::Unavailable(text) => SharedStoreError::Unavailable(text),
                    Failure::Broken(text) => SharedStoreError::Broken(text),
                }
            })
        })
    }
}

/// Returns whether it is time to tell of an error that lasts.
fn may_tell(told: &Mutex<Option<Instant>>) -> bool {
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let is_due = told.is_none_or(|told| told.elapsed() >= TOLD);
    if is_due {
        *told = Some(Instant::now());
    }
    is_due
}

impl SharedStore for ClusterStore {
    fn get(
        &self,
        namespace: String,
        key: String,
    ) -> BoxFuture<'static, Result<Option<Vec<u8>>, SharedStoreError>> {
        self.with(&namespace, |replica| async move { replica.get(&key).await })
    }

    fn page(
        &self,
        namespace: String,
        page: Page,
    ) -> BoxFuture<'static, Result<Page, SharedStoreError>> {
        self.with(&namespace, |replica| async move {
            let (prefix, after) = (page.prefix().to_owned(), page.after().map(str::to_owned));
            replica
                .each(&prefix, after.as_deref(), page, Page::add)
                .await
        })
    }

    fn usage(&self, namespace: String) -> BoxFuture<'static, Result<Usage, SharedStoreError>> {
        self.with(&namespace, |replica| async move { replica.usage().await })
    }

    fn apply(
        &self,
        namespace: String,
        most: u64,
        changes: Changes,
    ) -> BoxFuture<'static, Result<Option<Vec<bool>>, SharedStoreError>> {
        self.with(&namespace, move |replica| async move {
            replica
                .apply(most, &changes.expected, &changes.changes)
                .await
        })
    }

    fn max_bytes(&self) -> u64 {
        MAX_SHARED
    }

    fn place(&self) -> String {
        format!("the cluster {}", self.replicas.cluster())
    }
}
