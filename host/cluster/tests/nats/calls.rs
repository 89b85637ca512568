use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_cluster::{
    Admitted, CallError, CallFailure, CallHead, CallOptions, Caller, Executed, Executing, Executor,
    FailureKind, InstanceName, LinkError, Links, Narrowed, NodeName, Report, call, serve_calls,
};

use crate::server::{Server, node};

const OPTIONS: CallOptions = CallOptions {
    max_result: 64 << 20,
    is_repeatable: false,
};

fn head(method: &str) -> CallHead {
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
        budget_ms: Some(60_000),
        arguments: 0,
    }
}

#[derive(Default)]
struct Methods {
    waiting: AtomicUsize,
    cancelled: AtomicUsize,
}

impl Executor for Methods {
    fn admit(&self, _: &NodeName, _: &CallHead) -> Result<Admitted, CallFailure> {
        Ok(Admitted {
            max_arguments: 64 << 20,
            charged: Box::new(()),
        })
    }

    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        Box::pin(async move {
            match &*call.head.method {
                "reverse" => {
                    let reversed: Bytes = call.arguments.iter().rev().copied().collect();
                    Ok(reversed.into())
                }
                "wait" => {
                    self.waiting.fetch_add(1, Ordering::SeqCst);
                    call.cancelled.cancelled().await;
                    self.cancelled.fetch_add(1, Ordering::SeqCst);
                    Ok(Executed::default())
                }
                _ => Err(CallFailure::new(
                    FailureKind::UnknownMethod,
                    "no such method",
                )),
            }
        })
    }
}

fn serving(links: Links) -> Arc<Methods> {
    let methods = Arc::new(Methods::default());
    let served = methods.clone();
    tokio::spawn(async move { serve_calls(&links, served).await });
    methods
}

async fn make(links: &Links, method: &str, arguments: Bytes) -> Result<Bytes, CallError> {
    call(
        links,
        &node("b"),
        &head(method),
        arguments,
        OPTIONS,
        &mut |_: Report| (),
    )
    .await
}

async fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "it did not happen"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn ten_mebibytes_go_each_way() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    serving(b);
    let arguments: Bytes = (0..10 << 20).map(|it| (it % 239) as u8).collect();
    let expected: Bytes = arguments.iter().rev().copied().collect();
    assert!(make(&a, "reverse", arguments).await.unwrap() == expected);
    let error = make(&a, "none", Bytes::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "node b: no such method");
}

#[tokio::test]
async fn many_calls_run_beside_each_other() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    serving(b.clone());
    let calls = (0..200).map(|number: u32| {
        let a = a.clone();
        async move {
            let arguments = Bytes::from(format!("{number:04}").repeat(20_000));
            let expected: Bytes = arguments.iter().rev().copied().collect();
            assert!(make(&a, "reverse", arguments).await.unwrap() == expected);
        }
    });
    futures::future::join_all(calls).await;
    until(|| a.count() == 0 && b.count() == 0).await;
}

#[tokio::test]
async fn cancelling_reaches_the_other_node() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    let methods = serving(b.clone());
    let calling = make(&a, "wait", Bytes::new());
    let begun = until(|| methods.waiting.load(Ordering::SeqCst) == 1);
    tokio::select! {
        called = calling => panic!("{called:?}"),
        () = begun => {}
    }
    until(|| methods.cancelled.load(Ordering::SeqCst) == 1 && b.count() == 0).await;
}

#[tokio::test]
async fn a_killed_server_ends_calls_and_they_recover() {
    let mut server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    let methods = serving(b.clone());
    let calling = make(&a, "wait", Bytes::new());
    let killing = async {
        until(|| methods.waiting.load(Ordering::SeqCst) == 1).await;
        server.kill();
        Instant::now()
    };
    let (called, killed) = tokio::join!(calling, killing);
    assert!(
        killed.elapsed() < Duration::from_secs(3),
        "{:?}",
        killed.elapsed()
    );
    let error = called.unwrap_err();
    let is_unreachable = matches!(error, CallError::Link(LinkError::Unreachable { .. }));
    assert!(is_unreachable && !error.is_certainly_undone(), "{error}");
    // The other side has noticed as well.
    until(|| methods.cancelled.load(Ordering::SeqCst) == 1).await;
    let error = make(&a, "reverse", Bytes::new()).await.unwrap_err();
    assert!(error.is_certainly_undone(), "{error}");
    server.restart();
    let restarted = Instant::now();
    while make(&a, "reverse", Bytes::from_static(b"ab"))
        .await
        .ok()
        .as_deref()
        != Some(b"ba")
    {
        assert!(restarted.elapsed() < Duration::from_secs(3));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(methods.waiting.load(Ordering::SeqCst), 1, "executed once");
}

/// A server that stops answering without closing anything: only its silence tells.
#[tokio::test]
async fn a_stopped_server_ends_calls() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    let methods = serving(b);
    let calling = make(&a, "wait", Bytes::new());
    let stopping = async {
        until(|| methods.waiting.load(Ordering::SeqCst) == 1).await;
        server.signal("STOP");
        Instant::now()
    };
    let (called, stopped) = tokio::join!(calling, stopping);
    assert!(
        stopped.elapsed() < Duration::from_secs(4),
        "{:?}",
        stopped.elapsed()
    );
    let error = called.unwrap_err();
    assert!(
        matches!(error, CallError::Link(LinkError::Unreachable { .. })),
        "{error}"
    );
    server.signal("CONT");
    let begun = Instant::now();
    while make(&a, "reverse", Bytes::from_static(b"ab"))
        .await
        .is_err()
    {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
