use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_testing::each_row_async;
use tokio::task::JoinHandle;

use super::*;
use crate::error::LinkError;
use crate::link::{Hub, Links};
use crate::names::{InstanceName, NodeName};

pub(super) const MAX_FRAME: usize = 300 << 10;
pub(super) const OPTIONS: CallOptions = CallOptions {
    max_result: 64 << 20,
    is_repeatable: false,
};

/// How many bytes the result of the method `large` has.
pub(super) const LARGE: usize = 32 << 20;

pub(super) fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

pub(super) fn head(method: &str) -> CallHead {
    CallHead {
        instance: InstanceName::new("test").unwrap(),
        method: method.to_owned(),
        caller: Caller::Client,
        chain: Vec::new(),
        depth: 0,
        client: None,
        session: None,
        request_id: "r".to_owned(),
        trace_id: "t".to_owned(),
        narrowed: Narrowed::default(),
        budget_ms: None,
        arguments: 0,
    }
}

/// Counts how many calls began, and how many were cancelled.
#[derive(Default)]
pub(super) struct Methods {
    pub begun: AtomicUsize,
    cancelled: AtomicUsize,
}

impl Executor for Methods {
    fn admit(&self, _from: &NodeName, head: &CallHead) -> Result<Admitted, CallFailure> {
        match &*head.method {
            "unknown" => Err(CallFailure::new(
                FailureKind::UnknownMethod,
                "no such method",
            )),
            "elsewhere" => Err(CallFailure::new(FailureKind::UnknownInstance, "not here")),
            _ => Ok(Admitted {
                max_arguments: 32 << 20,
                charged: Box::new(()),
            }),
        }
    }

    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        Box::pin(async move {
            self.begun.fetch_add(1, Ordering::SeqCst);
            match &*call.head.method {
                "echo" => Ok(call.arguments.into()),
                "large" => Ok(Bytes::from(vec![0; LARGE]).into()),
                "who" => {
                    let who = format!("{} {:?}", call.from, call.head.caller);
                    Ok(Bytes::from(who).into())
                }
                "steps" => {
                    for done in 0..3 {
                        call.reporter.report(Report {
                            done: f64::from(done),
                            total: Some(3.0),
                            message: None,
                        });
                        tokio::time::sleep(Duration::from_millis(80)).await;
                    }
                    Ok(Executed::default())
                }
                "wait" => {
                    call.cancelled.cancelled().await;
                    self.cancelled.fetch_add(1, Ordering::SeqCst);
                    Ok(Executed::default())
                }
                "panic" => panic!("as it should"),
                _ => Err(CallFailure::new(FailureKind::Failed, "the skill says no")),
            }
        })
    }
}

pub(super) fn serving(links: &Links) -> (Arc<Methods>, JoinHandle<()>) {
    let methods = Arc::new(Methods::default());
    let (links, served) = (links.clone(), methods.clone());
    let task = tokio::spawn(async move { serve_calls(&links, served).await });
    (methods, task)
}

async fn two() -> (Arc<Hub>, Links, Links, Arc<Methods>) {
    let hub = Arc::new(Hub::default());
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let (methods, _) = serving(&b);
    // The task has begun to serve.
    tokio::task::yield_now().await;
    (hub, a, b, methods)
}

pub(super) async fn make(
    links: &Links,
    head: CallHead,
    arguments: Bytes,
) -> Result<Bytes, CallError> {
    call(
        links,
        &node("b"),
        &head,
        arguments,
        OPTIONS,
        &mut |_: Report| (),
    )
    .await
}

#[tokio::test]
async fn arguments_and_results_of_any_size_arrive_once() {
    let (_hub, a, b, methods) = two().await;
    let sizes = [0, 1, 60_000, 70_000, 10 << 20];
    each_row_async(sizes, async |size| {
        let arguments: Bytes = (0..size).map(|it| (it % 239) as u8).collect();
        let result = make(&a, head("echo"), arguments.clone()).await.unwrap();
        assert!(result == arguments);
    })
    .await;
    assert_eq!(methods.begun.load(Ordering::SeqCst), sizes.len());
    let result = make(&a, head("who"), Bytes::new()).await.unwrap();
    assert_eq!(result, "a Client");
    while b.count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(a.count(), 0);
}

#[tokio::test]
async fn failures_are_told_as_they_are() {
    let (_hub, a, _b, methods) = two().await;
    let rows = [
        (
            "unknown",
            0,
            FailureKind::UnknownMethod,
            "node b: no such method",
        ),
        (
            "elsewhere",
            0,
            FailureKind::UnknownInstance,
            "node b: not here",
        ),
        ("no", 0, FailureKind::Failed, "node b: the skill says no"),
        (
            "echo",
            (32 << 20) + 1,
            FailureKind::TooLarge,
            "node b: the arguments have 33554433 bytes; at most 33554432 are allowed",
        ),
    ];
    each_row_async(rows, async |(method, size, kind, expected)| {
        let error = make(&a, head(method), vec![0; size].into())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, expected));
    })
    .await;
    assert_eq!(methods.begun.load(Ordering::SeqCst), 1);
    let options = CallOptions {
        max_result: 10,
        ..OPTIONS
    };
    let arguments = Bytes::from_static(b"eleven byte");
    let error = call(
        &a,
        &node("b"),
        &head("echo"),
        arguments,
        options,
        &mut |_: Report| (),
    )
    .await;
    assert!(
        matches!(error, Err(CallError::ResultTooLarge { bytes: 11, .. })),
        "{error:?}"
    );
    let error = make(&a, head("panic"), Bytes::new()).await.unwrap_err();
    assert!(
        matches!(error, CallError::Link(LinkError::Reset { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn progress_travels() {
    let (_hub, a, _b, _) = two().await;
    let mut reports = Vec::new();
    let mut report = |report: Report| reports.push(report.done);
    let (b, head) = (node("b"), head("steps"));
    let called = call(&a, &b, &head, Bytes::new(), OPTIONS, &mut report);
    called.await.unwrap();
    assert_eq!(reports, [0.0, 1.0, 2.0]);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_cancelled() {
    let (_hub, a, b, methods) = two().await;
    let called = make(&a, head("wait"), Bytes::new());
    let called = tokio::time::timeout(Duration::from_millis(100), called).await;
    assert!(called.is_err(), "{called:?}");
    while methods.cancelled.load(Ordering::SeqCst) == 0 || b.count() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(methods.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_call_ends_when_its_time_is_over() {
    let (_hub, a, _b, methods) = two().await;
    let mut head = head("wait");
    head.budget_ms = Some(100);
    let error = make(&a, head, Bytes::new()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "node b: the call took longer than 100 ms"
    );
    assert_eq!(methods.cancelled.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_node_that_stops_serving_ends_its_calls() {
    let hub = Arc::new(Hub::default());
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let (methods, task) = serving(&b);
    tokio::task::yield_now().await;
    let stopping = async {
        while methods.begun.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        task.abort();
    };
    let begun = Instant::now();
    let (called, ()) = tokio::join!(make(&a, head("wait"), Bytes::new()), stopping);
    let error = called.unwrap_err();
    assert!(!error.is_certainly_undone(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn invalid_heads_and_parts_are_refused() {
    let (_hub, a, _b, methods) = two().await;
    let rows = [
        ("{}".to_owned(), 0, "the head of the call is malformed"),
        (
            serde_json::to_string(&head("echo")).unwrap(),
            1,
            "there are more bytes than announced",
        ),
        (
            serde_json::to_string(&CallHead {
                arguments: 9,
                ..head("echo")
            })
            .unwrap(),
            1,
            "there are fewer bytes than announced",
        ),
    ];
    each_row_async(rows, async |(head, size, expected)| {
        let link = a
            .open(&node("b"), crate::link::Purpose::Call, head.into())
            .await
            .unwrap();
        link.send(ARGUMENTS, vec![0; size].into()).await.unwrap();
        link.end().await.unwrap();
        let end = link.receive().await.unwrap().unwrap();
        assert_eq!(end.tag, END);
        let end = String::from_utf8_lossy(&end.bytes).into_owned();
        assert!(end.contains(expected) && end.contains("invalid"), "{end}");
    })
    .await;
    assert_eq!(methods.begun.load(Ordering::SeqCst), 0);
}
