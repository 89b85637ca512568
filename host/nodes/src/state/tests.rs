use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use luminarys_cluster::{ClusterName, Log};
use luminarys_orchestrator::{Changes, SharedStore, SharedStoreError};

use super::memory::MemoryLog;
use super::*;

/// The logs of a cluster by namespace.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<HashMap<String, Arc<MemoryLog>>>>);

impl Logs {
    fn of(&self, namespace: &str) -> Arc<MemoryLog> {
        let mut logs = self.0.lock().unwrap();
        logs.entry(namespace.to_owned()).or_default().clone()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.lock().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    fn store(&self) -> ClusterStore {
        let replicas = replicas(None);
        let logs = self.clone();
        replicas.connect(move |namespace| logs.of(namespace) as Arc<dyn Log>);
        ClusterStore::new(replicas)
    }
}

fn replicas(data_dir: Option<&std::path::Path>) -> Replicas {
    Replicas::new(ClusterName::new("lab").unwrap(), data_dir).unwrap()
}

fn set(key: &str, value: impl Into<Vec<u8>>) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), Some(value.into()))
}

async fn put(
    store: &ClusterStore,
    most: u64,
    key: &str,
    value: Vec<u8>,
) -> Result<(), SharedStoreError> {
    let changes = Changes::new(Vec::new(), vec![set(key, value)]);
    store
        .apply("facts".to_owned(), most, changes)
        .await
        .map(drop)
}

#[tokio::test]
async fn nodes_share_namespaces_and_count_together() {
    let logs = Logs::default();
    let stores = [logs.store(), logs.store(), logs.store()];
    let get = |store: &ClusterStore| store.get("facts".to_owned(), "count".to_owned());
    let number = |value: Option<Vec<u8>>| -> u64 {
        value.map_or(0, |value| {
            String::from_utf8(value).unwrap().parse().unwrap()
        })
    };
    let count = async |store: &ClusterStore| {
        for _ in 0..20 {
            loop {
                let old = get(store).await.unwrap();
                let new = (number(old.clone()) + 1).to_string();
                let expected = vec![("count".to_owned(), old)];
                let changes = Changes::new(expected, vec![set("count", new)]);
                let applied = store.apply("facts".to_owned(), 1_000, changes).await;
                if applied.unwrap().is_some() {
                    break;
                }
            }
        }
    };
    tokio::join!(count(&stores[0]), count(&stores[1]), count(&stores[2]));
    for store in &stores {
        assert_eq!(number(get(store).await.unwrap()), 60);
        assert_eq!(store.usage("facts".to_owned()).await.unwrap().keys, 1);
    }
    assert_eq!(logs.names(), ["shared/facts"]);
}

#[tokio::test]
async fn the_limits_of_the_writer_and_of_the_cluster_hold() {
    let store = Logs::default().store();
    put(&store, 100, "k", vec![0; 90]).await.unwrap();
    let full = put(&store, 100, "l", vec![0; 90]).await.unwrap_err();
    assert!(
        matches!(&full, SharedStoreError::Full(text) if text.contains("max_mb allows 100")),
        "{full}"
    );
    for number in 0..31 {
        put(&store, u64::MAX, &format!("k{number}"), vec![0; 1 << 20])
            .await
            .unwrap();
    }
    let full = put(&store, u64::MAX, "last", vec![0; 1 << 20])
        .await
        .unwrap_err();
    assert!(
        matches!(&full, SharedStoreError::Full(text) if text.contains(&store.max_bytes().to_string())),
        "{full}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_reached_is_unavailable_and_says_what_to_do() {
    let logs = Logs::default();
    let store = logs.store();
    put(&store, 100, "k", vec![1]).await.unwrap();
    logs.of("shared/facts").set_away(true);
    let get = || store.get("facts".to_owned(), "k".to_owned());
    let error = get().await.unwrap_err();
    assert!(
        matches!(&error, SharedStoreError::Unavailable(text) if text.contains("\"facts\" cannot be reached: ") && text.contains("NATS")),
        "{error}"
    );
    logs.of("shared/facts").set_away(false);
    assert_eq!(get().await.unwrap(), Some(vec![1]));

    let early = ClusterStore::new(replicas(None));
    let error = put(&early, 100, "k", vec![1]).await.unwrap_err();
    assert!(
        matches!(&error, SharedStoreError::Unavailable(text) if text.contains("not reached the cluster lab yet")),
        "{error}"
    );
}

#[tokio::test]
async fn a_copy_is_kept_apart_from_what_the_host_had() {
    let dir = tempfile::tempdir().unwrap();
    let host = luminarys_store::StoreDatabase::new(Some(dir.path()));
    host.apply("shared/facts", 100, &[], &[set("k", "of the host")])
        .unwrap();
    let logs = Logs::default();
    let replicas = replicas(Some(dir.path()));
    let of = logs.clone();
    replicas.connect(move |namespace| of.of(namespace) as Arc<dyn Log>);
    let store = ClusterStore::new(replicas);
    assert_eq!(
        store.get("facts".to_owned(), "k".to_owned()).await.unwrap(),
        None
    );
    put(&store, 100, "k", b"of the cluster".to_vec())
        .await
        .unwrap();
    assert_eq!(
        host.get("shared/facts", "k").unwrap().as_deref(),
        Some(&b"of the host"[..])
    );
    assert!(dir.path().join("cluster/store.redb").exists());
}
