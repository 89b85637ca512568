//! What arguments are charged to, and how much one node may have.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::serve::MAX_RESULTS_OF_NODE;
use super::tests::{LARGE, MAX_FRAME, head, make, node, serving};
use super::*;
use crate::link::{Hub, Links, Purpose};
use crate::names::NodeName;

/// The largest arguments of one call.
const MOST: u64 = 32 << 20;

/// Counts the bytes that calls have. A call waits until it is cancelled.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

struct Held(Counting, u64);

impl Charged for Held {
    fn grow(&mut self, bytes: u64) -> Result<(), CallFailure> {
        self.1 += bytes;
        self.0.0.fetch_add(bytes, Ordering::SeqCst);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(self.1, Ordering::SeqCst);
    }
}

impl Executor for Counting {
    fn admit(&self, _: &NodeName, _: &CallHead) -> Result<Admitted, CallFailure> {
        Ok(Admitted {
            max_arguments: MOST,
            charged: Box::new(Held(self.clone(), 0)),
        })
    }

    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        Box::pin(async move {
            call.cancelled.cancelled().await;
            Ok(Executed::default())
        })
    }
}

impl Counting {
    async fn until(&self, expected: u64) {
        let reached = async {
            while self.0.load(Ordering::SeqCst) != expected {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(20), reached).await;
        let now = self.0.load(Ordering::SeqCst);
        assert!(reached.is_ok(), "{now} bytes and not {expected}");
    }
}

async fn nodes() -> (Links, Links, Links, Counting) {
    let hub = Arc::new(Hub::default());
    let [a, b, c] = ["a", "b", "c"].map(|name| hub.connect(name, 1 << 20));
    let (counting, links) = (Counting::default(), b.clone());
    let served = Arc::new(counting.clone());
    tokio::spawn(async move { serve_calls(&links, served).await });
    tokio::task::yield_now().await;
    (a, b, c, counting)
}

#[tokio::test]
async fn only_what_has_arrived_is_charged() {
    let (a, _b, _c, counting) = nodes().await;
    let announced = CallHead {
        arguments: MOST,
        ..head("wait")
    };
    let announced = Bytes::from(announced.encode().unwrap());
    let link = a.open(&node("b"), Purpose::Call, announced).await.unwrap();
    counting.until(0).await;
    for part in 1..=3 {
        let bytes = Bytes::from(vec![0; 10_000]);
        link.send(ARGUMENTS, bytes).await.unwrap();
        counting.until(part * 10_000).await;
    }
    drop(link);
    counting.until(0).await;
}

#[tokio::test]
async fn a_node_has_its_share_of_the_arguments() {
    let (a, _b, c, counting) = nodes().await;
    let whole = Bytes::from(vec![0; usize::try_from(MOST).unwrap()]);
    let count = MAX_ARGUMENTS_OF_NODE / MOST;
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let (a, whole) = (a.clone(), whole.clone());
            tokio::spawn(async move { make(&a, head("wait"), whole).await })
        })
        .collect();
    counting.until(count * MOST).await;
    let refused = make(&a, head("wait"), Bytes::from_static(b"x")).await;
    let error = refused.unwrap_err();
    let expected = "node b: the calls of node a already have 134217728 bytes of arguments here; try again later";
    assert_eq!(error.to_string(), expected);
    assert!(error.is_certainly_undone());
    let other = tokio::spawn(async move { make(&c, head("wait"), whole).await });
    counting.until((count + 1) * MOST).await;
    calls.iter().for_each(|call| call.abort());
    counting.until(MOST).await;
    other.abort();
    counting.until(0).await;
}

#[tokio::test]
async fn results_that_a_node_does_not_take_are_bounded_and_not_kept() {
    let hub = Arc::new(Hub::default());
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let (methods, _) = serving(&b);
    tokio::task::yield_now().await;
    let mut untaken = Vec::new();
    let count = usize::try_from(MAX_RESULTS_OF_NODE).unwrap() / LARGE;
    for number in 1..=count {
        let encoded = head("large").encode().unwrap();
        let link = a.open(&node("b"), Purpose::Call, encoded.into()).await;
        let link = link.unwrap();
        link.end().await.unwrap();
        while methods.begun.load(Ordering::SeqCst) < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        untaken.push(link);
    }
    let error = make(&a, head("large"), Bytes::new()).await.unwrap_err();
    let expected =
        "node b: the call has run, but node a has not taken 134217728 bytes of other results yet";
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_certainly_undone());
    for link in &untaken {
        let over = tokio::time::timeout(Duration::from_secs(10), link.over().cancelled());
        over.await.unwrap();
    }
    let result = make(&a, head("large"), Bytes::new()).await.unwrap();
    assert_eq!(result.len(), LARGE);
}
