use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use luminarys_cluster::{Replica, SharedState, StateError, StreamError, Subjects};
use luminarys_store::{Change, StoreDatabase};

use crate::server::{Server, cluster};

const MOST: u64 = 16 << 20;

fn set(key: &str, value: impl AsRef<[u8]>) -> Change {
    (key.to_owned(), Some(value.as_ref().to_vec()))
}

async fn replica(server: &Server, name: &str, namespace: &str) -> Replica {
    let state = SharedState::open(&server.connect(name).await)
        .await
        .unwrap();
    Replica::new(
        StoreDatabase::new(None),
        "copy",
        Arc::new(state.log(namespace)),
    )
}

async fn content(replica: &Replica) -> BTreeMap<String, Vec<u8>> {
    let take = |all: &mut BTreeMap<String, Vec<u8>>, key: &str, value: &[u8]| {
        all.insert(key.to_owned(), value.to_vec());
        false
    };
    replica.each("", None, BTreeMap::new(), take).await.unwrap()
}

fn number(value: Option<&Vec<u8>>) -> u64 {
    value.map_or(0, |value| String::from_utf8_lossy(value).parse().unwrap())
}

/// Adds one, by compare-and-set. Returns whether somebody else was faster.
async fn add_one(replica: &Replica) -> Result<bool, StateError> {
    let old = replica.get("count").await?;
    let new = (number(old.as_ref()) + 1).to_string();
    let expected = [("count".to_owned(), old)];
    let applied = replica.apply(MOST, &expected, &[set("count", new)]).await?;
    Ok(applied.is_none())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_count_together() {
    let server = Server::start(&["a", "b", "c"]);
    let mut replicas = Vec::new();
    for name in ["a", "b", "c"] {
        replicas.push(replica(&server, name, "shared \"things\"").await);
    }
    let count = |replica: Replica| async move {
        for _ in 0..30 {
            while add_one(&replica).await.unwrap() {}
        }
    };
    futures::future::join_all(replicas.iter().cloned().map(count)).await;
    for replica in &replicas {
        assert_eq!(number(replica.get("count").await.unwrap().as_ref()), 90);
    }
    // Another namespace is another log.
    let other = replica(&server, "a", "other").await;
    assert_eq!(other.get("count").await.unwrap(), None);
    // What one has written, the others read.
    replicas[0]
        .apply(MOST, &[], &[set("k", "v")])
        .await
        .unwrap();
    assert_eq!(
        replicas[2].get("k").await.unwrap().as_deref(),
        Some(&b"v"[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn large_values_and_summaries_arrive() {
    let server = Server::start(&["a", "b", "c"]);
    let (a, b) = (
        replica(&server, "a", "n").await,
        replica(&server, "b", "n").await,
    );
    let large: Vec<u8> = (0..1 << 20).map(|index| (index % 243) as u8).collect();
    for number in 0..4 {
        a.apply(MOST, &[], &[set(&format!("k{number}"), &large)])
            .await
            .unwrap();
    }
    b.apply(MOST, &[], &[("k3".to_owned(), None), set("k4", "")])
        .await
        .unwrap();
    let expected = content(&b).await;
    assert_eq!(expected.len(), 4);
    assert_eq!(content(&a).await, expected);
    assert!(b.summarise().await.unwrap());
    // Who comes later reads the summary.
    let c = replica(&server, "c", "n").await;
    assert_eq!(content(&c).await, expected);
    a.apply(MOST, &[], &[set("k5", "v")]).await.unwrap();
    assert!(c.summarise().await.unwrap());
    assert_eq!(content(&b).await.len(), 5);
    assert_eq!(content(&replica(&server, "a", "n").await).await.len(), 5);
    // Nothing of what was replaced takes space.
    let client = server.client("a").await;
    let name = Subjects::new(cluster()).state_stream();
    let mut stream = async_nats::jetstream::new(client)
        .get_stream(name)
        .await
        .unwrap();
    let bytes = stream.info().await.unwrap().state.bytes;
    assert!(bytes < 4 << 20, "{bytes}");
    let too_large = a
        .apply(3 << 20, &[], &[set("k6", &large)])
        .await
        .unwrap_err();
    assert!(matches!(too_large, StateError::Store(_)), "{too_large}");
}

/// Nothing that was acknowledged is lost when the server is killed, and nothing is done twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_no_acknowledged_change() {
    let mut server = Server::start(&["a", "b"]);
    let (a, b) = (
        replica(&server, "a", "n").await,
        replica(&server, "b", "n").await,
    );
    let counting = |replica: Replica, key: &'static str| {
        tokio::spawn(async move {
            let (mut acknowledged, mut unknown) = (0, 0);
            for number in 0..400 {
                match replica
                    .apply(MOST, &[], &[set(&format!("{key}{number}"), "v")])
                    .await
                {
                    Ok(applied) => {
                        assert_eq!(applied, Some(vec![false]));
                        acknowledged += 1;
                    }
                    Err(StateError::Unknown { .. }) => unknown += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            (acknowledged, unknown)
        })
    };
    let tasks = [counting(a.clone(), "a"), counting(b.clone(), "b")];
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.restart();
    }
    let (mut acknowledged, mut unknown) = (0, 0);
    for task in tasks {
        let (one, other) = task.await.unwrap();
        (acknowledged, unknown) = (acknowledged + one, unknown + other);
    }
    let all = content(&a).await;
    assert_eq!(content(&b).await, all);
    assert!(
        (acknowledged..=acknowledged + unknown).contains(&all.len()),
        "{acknowledged} {unknown} {}",
        all.len()
    );
    assert!(acknowledged > 700, "{acknowledged}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_an_error() {
    let mut server = Server::start(&["a"]);
    let a = replica(&server, "a", "n").await;
    a.apply(MOST, &[], &[set("k", "v")]).await.unwrap();
    server.kill();
    let error = a.get("k").await.unwrap_err();
    assert!(matches!(error, StateError::Unavailable { .. }), "{error}");
    let error = a.apply(MOST, &[], &[set("k", "w")]).await.unwrap_err();
    assert!(matches!(error, StateError::Unavailable { .. }), "{error}");
    server.restart();
    assert_eq!(a.get("k").await.unwrap().as_deref(), Some(&b"v"[..]));
}

/// A stream that another node made, and that would give it everything that nodes say, is not used.
#[tokio::test]
async fn a_stream_made_otherwise_is_refused() {
    let server = Server::start(&["a", "mallory"]);
    let subjects = Subjects::new(cluster());
    let context = async_nats::jetstream::new(server.client("mallory").await);
    let config = async_nats::jetstream::stream::Config {
        name: subjects.state_stream(),
        subjects: vec!["luminarys.lab.to.>".to_owned(), subjects.state()],
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
    let opened = SharedState::open(&server.connect("a").await).await;
    let Err(StreamError::Different { difference, .. }) = opened else {
        panic!("it is used");
    };
    assert_eq!(difference, "subjects");
}
