use std::collections::BTreeMap;
use std::sync::Arc;

use luminarys_store::{Change, StoreDatabase, StoreError};
use proptest::prelude::*;

use super::memory_log::{Fault, MemoryLog};
use super::*;

const MOST: u64 = 1_000;

fn replica(log: &Arc<MemoryLog>) -> Replica {
    Replica::new(StoreDatabase::new(None), "n", log.clone())
}

fn set(key: &str, value: &str) -> Change {
    (key.to_owned(), Some(value.as_bytes().to_vec()))
}

async fn content(replica: &Replica) -> BTreeMap<String, Vec<u8>> {
    let take = |all: &mut BTreeMap<String, Vec<u8>>, key: &str, value: &[u8]| {
        all.insert(key.to_owned(), value.to_vec());
        false
    };
    replica.each("", None, BTreeMap::new(), take).await.unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// What one of several nodes does.
#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<Change>, Vec<Change>, Option<Fault>),
    Get(String),
    Summarise(Option<Fault>),
    /// The node starts anew, without its copy.
    Forget,
}

fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let value = prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..3).prop_map(Some),
        1 => proptest::collection::vec(any::<u8>(), 150..400).prop_map(Some),
        1 => Just(None),
    ];
    proptest::collection::vec(("[a-d]", value), 0..most)
}

fn faults() -> impl Strategy<Value = Option<Fault>> {
    proptest::option::weighted(
        0.3,
        prop_oneof![
            Just(Fault::Unconfirmed),
            Just(Fault::Lost),
            Just(Fault::Delayed)
        ],
    )
}

fn steps() -> impl Strategy<Value = Step> {
    let expected = prop_oneof![3 => Just(Vec::new()), 2 => changes(2)];
    prop_oneof![
        8 => (expected, changes(4), faults()).prop_map(|(expected, changes, fault)| Step::Apply(expected, changes, fault)),
        2 => "[a-d]".prop_map(Step::Get),
        1 => faults().prop_map(Step::Summarise),
        1 => Just(Step::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Several nodes with one log give what one store gives, whatever is lost, late or unconfirmed.
    #[test]
    fn nodes_are_as_one(steps in proptest::collection::vec((0..3_usize, steps()), 1..40)) {
        run(async {
            let log = Arc::new(MemoryLog::default());
            let nodes = [replica(&log), replica(&log), replica(&log)];
            let one = StoreDatabase::new(None);
            for (node, step) in steps {
                let node = &nodes[node];
                match step {
                    Step::Apply(expected, changes, fault) => {
                        if let Some(fault) = fault {
                            log.fail_next(fault);
                        }
                        let real = node.apply(MOST, &expected, &changes).await;
                        match (real, one.apply("n", MOST, &expected, &changes)) {
                            (Ok(real), Ok(wanted)) => prop_assert_eq!(real, wanted),
                            (Err(StateError::Store(StoreError::TooLarge { bytes, .. })), Err(StoreError::TooLarge { bytes: wanted, .. })) =>
                                prop_assert_eq!(bytes, wanted),
                            (real, wanted) => prop_assert!(false, "{real:?} is not {wanted:?}"),
                        }
                    }
                    Step::Get(key) => prop_assert_eq!(node.get(&key).await.unwrap(), one.get("n", &key).unwrap()),
                    Step::Summarise(fault) => {
                        if let Some(fault) = fault {
                            log.fail_next(fault);
                        }
                        let _ = node.summarise().await;
                    }
                    Step::Forget => node.forget().await.unwrap(),
                }
            }
            let mut wanted = BTreeMap::new();
            one.each("n", "", None, &mut |key, value| {
                wanted.insert(key.to_owned(), value.to_vec());
                false
            }).unwrap();
            for node in &nodes {
                prop_assert_eq!(&content(node).await, &wanted);
                prop_assert_eq!(node.usage().await.unwrap(), one.usage("n").unwrap());
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn increments_of_all_nodes_are_kept() {
    let log = Arc::new(MemoryLog::default());
    let add = |replica: Replica| async move {
        for _ in 0..50 {
            loop {
                let old = replica.get("count").await.unwrap();
                let number: u64 = old
                    .as_ref()
                    .map_or(0, |it| String::from_utf8_lossy(it).parse().unwrap());
                let expected = [("count".to_owned(), old)];
                let new = [set("count", &(number + 1).to_string())];
                if replica
                    .apply(MOST, &expected, &new)
                    .await
                    .unwrap()
                    .is_some()
                {
                    break;
                }
            }
        }
    };
    let nodes = [replica(&log), replica(&log), replica(&log)];
    futures::future::join_all(nodes.iter().cloned().map(add)).await;
    assert_eq!(
        nodes[0].get("count").await.unwrap().as_deref(),
        Some(&b"150"[..])
    );
}

#[tokio::test]
async fn a_summary_keeps_the_log_short() {
    let log = Arc::new(MemoryLog::default());
    let (one, other) = (replica(&log), replica(&log));
    for number in 0..20 {
        let value = "x".repeat(number * 20);
        one.apply(100_000, &[], &[set(&format!("k{number}"), &value)])
            .await
            .unwrap();
    }
    assert_eq!(log.entries(), 20);
    let before = content(&one).await;
    assert!(one.summarise().await.unwrap());
    assert_eq!(log.entries(), 1);
    let parts = log.parts();
    assert_eq!(content(&other).await, before);
    // The next one leaves nothing of this one.
    assert!(other.summarise().await.unwrap());
    assert_eq!((log.entries(), log.parts()), (1, parts));
    assert_eq!(content(&replica(&log)).await, before);
    // It is made without being asked for.
    let one = Replica::with_most_entries(StoreDatabase::new(None), "n", log.clone(), 50);
    for number in 0..60 {
        one.apply(100_000, &[], &[set("k", &number.to_string())])
            .await
            .unwrap();
    }
    while log.entries() > 50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(content(&one).await, content(&other).await);
}

#[tokio::test]
async fn a_log_that_has_lost_entries_is_noticed() {
    let log = Arc::new(MemoryLog::default());
    let (one, other) = (replica(&log), replica(&log));
    for number in 0..5 {
        one.apply(MOST, &[], &[set("k", &number.to_string())])
            .await
            .unwrap();
    }
    assert_eq!(content(&other).await.len(), 1);
    log.lose(2);
    let error = one.apply(MOST, &[], &[set("k", "5")]).await.unwrap_err();
    assert!(matches!(error, StateError::Lost { .. }), "{error}");
    // Somebody who does not know goes on, and others see that it is another log.
    let new = replica(&log);
    for number in 0..4 {
        new.apply(MOST, &[], &[set("l", &number.to_string())])
            .await
            .unwrap();
    }
    let error = other.get("k").await.unwrap_err();
    assert!(matches!(error, StateError::Lost { .. }), "{error}");
    other.forget().await.unwrap();
    assert_eq!(other.get("k").await.unwrap().as_deref(), Some(&b"2"[..]));
}

/// A server starts with an empty disk, and a node without a copy writes to the log that is made anew: whatever there is in it by
/// then, a node with a copy neither reads from that copy nor goes on with the log.
#[tokio::test]
async fn another_log_of_any_length_is_noticed() {
    for length in 0..6 {
        let log = Arc::new(MemoryLog::default());
        let (one, reader) = (replica(&log), replica(&log));
        for number in 0..3 {
            let change = [set("k", &number.to_string())];
            one.apply(MOST, &[], &change).await.unwrap();
        }
        assert_eq!(content(&reader).await.len(), 1);
        let another = Arc::new(MemoryLog::default());
        let new = replica(&another);
        for number in 0..length {
            let change = [set("l", &number.to_string())];
            new.apply(MOST, &[], &change).await.unwrap();
        }
        log.become_another(&another);
        let read = reader.get("k").await.unwrap_err();
        assert!(matches!(read, StateError::Lost { .. }), "{length}: {read}");
        let written = one.apply(MOST, &[], &[set("k", "x")]).await.unwrap_err();
        assert!(
            matches!(written, StateError::Lost { .. }),
            "{length}: {written}"
        );
        assert_eq!(log.entries(), length);
        reader.forget().await.unwrap();
        assert_eq!(reader.get("k").await.unwrap(), None);
    }
}

#[tokio::test]
async fn damaged_entries_are_told_and_change_nothing() {
    let log = Arc::new(MemoryLog::default());
    let one = replica(&log);
    one.apply(MOST, &[], &[set("k", "1")]).await.unwrap();
    let (last, _) = log.last().await.unwrap().unwrap();
    log.append(last, bytes::Bytes::from_static(b"not an entry"), false)
        .await
        .unwrap();
    let error = one.get("k").await.unwrap_err();
    assert!(matches!(error, StateError::Damaged { .. }), "{error}");
    // Refused before anything is written.
    let entries = log.entries();
    let key = "k".repeat(5_000);
    let error = one.apply(MOST, &[], &[set(&key, "1")]).await.unwrap_err();
    assert!(matches!(error, StateError::Change(_)), "{error}");
    assert_eq!(log.entries(), entries);
}
