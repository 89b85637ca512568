use luminarys_nodes::Kept;
use luminarys_orchestrator::{Changes, SharedStore};
use std::sync::Arc;

use crate::server::{Server, cluster, node};

async fn store(server: &Server, name: &str) -> Arc<dyn SharedStore> {
    let kept = Kept::new(cluster(), node(name), None).unwrap();
    kept.connect(&server.connect(name).await).await.unwrap();
    kept.clustered().shared_store.get().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_count_together_in_a_shared_namespace() {
    let server = Server::start(&["a", "b", "c"]);
    let (a, b, c) = tokio::join!(
        store(&server, "a"),
        store(&server, "b"),
        store(&server, "c")
    );
    let get = |store: &Arc<dyn SharedStore>| store.get("facts".to_owned(), "count".to_owned());
    let number = |value: &Option<Vec<u8>>| -> u64 {
        let text = value.as_deref().map(String::from_utf8_lossy);
        text.map_or(0, |text| text.parse().unwrap())
    };
    let count = async |store: &Arc<dyn SharedStore>| {
        for _ in 0..20 {
            loop {
                let old = get(store).await.unwrap();
                let new = (number(&old) + 1).to_string().into_bytes();
                let changes = vec![("count".to_owned(), Some(new))];
                let changes = Changes::new(vec![("count".to_owned(), old)], changes);
                if store
                    .apply("facts".to_owned(), 1_000, changes)
                    .await
                    .unwrap()
                    .is_some()
                {
                    break;
                }
            }
        }
    };
    tokio::join!(count(&a), count(&b), count(&c));
    for store in [&a, &b, &c] {
        assert_eq!(number(&get(store).await.unwrap()), 60);
    }
}
