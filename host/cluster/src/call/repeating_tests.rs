//! Which nodes are asked when one is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_testing::each_row_async;

use super::tests::{MAX_FRAME, OPTIONS, head, node, serving};
use super::*;
use crate::link::{Hub, Purpose};
use crate::names::NodeName;

/// A node that is lost while it receives arguments cannot have run the call.
#[tokio::test]
async fn another_node_is_asked_when_arguments_were_not_all_sent() {
    let hub = Arc::new(Hub::default());
    let [a, b, c] = ["a", "b", "c"].map(|name| hub.connect(name, MAX_FRAME));
    let (methods, _) = serving(&c);
    tokio::spawn(async move {
        let mut incoming = b.serve(Purpose::Call);
        while let Some(opened) = incoming.recv().await {
            opened.link.receive().await.unwrap();
        }
    });
    tokio::task::yield_now().await;
    let nodes = [node("b"), node("c")];
    let arguments = Bytes::from(vec![7; 4 << 20]);
    let (head, mut ignored) = (head("echo"), |_| {});
    let called = call_any(&a, nodes, &head, arguments.clone(), OPTIONS, &mut ignored);
    assert!(called.await.unwrap() == arguments);
    assert_eq!(methods.begun.load(Ordering::SeqCst), 1);
}

/// Which nodes are asked, and how often, when the first one does not answer as hoped.
#[tokio::test]
async fn another_node_is_asked_only_when_it_may_be() {
    let rows = [
        // What the first node does, whether the call is repeatable; whether there is a result, how many calls began.
        ("absent", false, true, 1),
        ("elsewhere", false, true, 1),
        ("lost", false, false, 1),
        ("lost", true, true, 2),
        ("fails", true, false, 1),
    ];
    each_row_async(rows, async |(first, is_repeatable, has_result, begun)| {
        let hub = Arc::new(Hub::default());
        let (a, c) = (hub.connect("a", MAX_FRAME), hub.connect("c", MAX_FRAME));
        let (second, _) = serving(&c);
        let b = (first != "absent").then(|| hub.connect("b", MAX_FRAME));
        let firsts = Arc::new(First {
            behaviour: first,
            begun: AtomicUsize::new(0),
        });
        if let Some(b) = &b {
            let (b, firsts) = (b.clone(), firsts.clone());
            tokio::spawn(async move { serve_calls(&b, firsts).await });
        }
        tokio::task::yield_now().await;
        let options = CallOptions {
            is_repeatable,
            ..OPTIONS
        };
        let nodes = [node("b"), node("c")];
        let argument = Bytes::from_static(b"x");
        let called = call_any(
            &a,
            nodes,
            &head("echo"),
            argument,
            options,
            &mut |_: Report| (),
        )
        .await;
        assert_eq!(called.is_ok(), has_result, "{called:?}");
        let began = firsts.begun.load(Ordering::SeqCst) + second.begun.load(Ordering::SeqCst);
        assert_eq!(began, begun, "{called:?}");
    })
    .await;
    let hub = Arc::new(Hub::default());
    let a = hub.connect("a", MAX_FRAME);
    let called = call_any(
        &a,
        [],
        &head("echo"),
        Bytes::new(),
        OPTIONS,
        &mut |_: Report| (),
    )
    .await;
    assert_eq!(
        called.unwrap_err().to_string(),
        "no node of the cluster runs test"
    );
}

struct First {
    behaviour: &'static str,
    begun: AtomicUsize,
}

impl Executor for First {
    fn admit(&self, _: &NodeName, _: &CallHead) -> Result<Admitted, CallFailure> {
        match self.behaviour {
            "elsewhere" => Err(CallFailure::new(FailureKind::UnknownInstance, "not here")),
            _ => Ok(Admitted {
                max_arguments: 1000,
                charged: Box::new(()),
            }),
        }
    }

    fn execute(&self, _: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        match self.behaviour {
            "fails" => Box::pin(async { Err(CallFailure::new(FailureKind::Failed, "no")) }),
            // Ends the link without an answer.
            _ => Box::pin(async { panic!("lost") }),
        }
    }
}
