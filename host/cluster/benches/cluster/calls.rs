//! Calls whose method returns its arguments, beside requests that are answered with what they contain.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Client;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use luminarys_cluster::{
    Admitted, CallFailure, CallHead, CallOptions, Caller, Executed, Executing, Executor,
    InstanceName, Links, Narrowed, NodeName, Report, call, serve_calls,
};

use crate::client;
use crate::server::{Server, node};

/// How many of each are made in turn.
const ROUNDS: usize = 4_000;
/// How many are made at a time where it is measured how many a second there can be.
const AT_A_TIME: usize = 64;
const MANY: usize = 40_000;
const SIZES: [usize; 3] = [64, 4 << 10, 48 << 10];

struct Echo;

impl Executor for Echo {
    fn admit(&self, _: &NodeName, head: &CallHead) -> Result<Admitted, CallFailure> {
        Ok(Admitted {
            max_arguments: head.arguments,
            charged: Box::new(()),
        })
    }

    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        Box::pin(async move { Ok(call.arguments.into()) })
    }
}

fn head() -> CallHead {
    CallHead {
        instance: InstanceName::new("bench").unwrap(),
        method: "echo".to_owned(),
        caller: Caller::Client,
        chain: Vec::new(),
        depth: 0,
        client: Some("bench".to_owned()),
        session: None,
        request_id: "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
        trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
        narrowed: Narrowed::default(),
        budget_ms: Some(60_000),
        arguments: 0,
    }
}

async fn called(links: &Links, bytes: Bytes) {
    let options = CallOptions {
        max_result: 1 << 20,
        is_repeatable: false,
    };
    let (size, to) = (bytes.len(), node("b"));
    let result = call(links, &to, &head(), bytes, options, &mut |_: Report| ()).await;
    assert_eq!(result.unwrap().len(), size);
}

async fn requested(client: &Client, bytes: Bytes) {
    let size = bytes.len();
    let answer = client.request("bench.echo", bytes).await.unwrap();
    assert_eq!(answer.payload.len(), size);
}

/// Prints the times of both.
pub async fn measure(a: &Links, b: &Links, plain: &Server) {
    let b = b.clone();
    tokio::spawn(async move { serve_calls(&b, Arc::new(Echo)).await });
    let (asking, answering) = (client(plain).await, client(plain).await);
    // Until they are served.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut requests = answering.subscribe("bench.echo").await.unwrap();
    answering.flush().await.unwrap();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let to = request.reply.unwrap();
            answering.publish(to, request.payload).await.unwrap();
        }
    });
    for size in SIZES {
        let bytes = Bytes::from(vec![b'x'; size]);
        let (mut calls, mut requests) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + ROUNDS / 10 {
            let begun = Instant::now();
            called(a, bytes.clone()).await;
            let call = begun.elapsed();
            let begun = Instant::now();
            requested(&asking, bytes.clone()).await;
            let request = begun.elapsed();
            if round >= ROUNDS / 10 {
                calls.push(call);
                requests.push(request);
            }
        }
        let ((p50, p99), (raw50, raw99)) = (percentiles(calls), percentiles(requests));
        println!(
            "{size:>6} bytes: call p50 {p50:?}, p99 {p99:?}; request p50 {raw50:?}, p99 {raw99:?}; ratio {:.2}",
            p50.as_secs_f64() / raw50.as_secs_f64()
        );
    }
    let bytes = Bytes::from(vec![b'x'; 64]);
    let calls = a_second(|| called(a, bytes.clone())).await;
    let requests = a_second(|| requested(&asking, bytes.clone())).await;
    println!("{AT_A_TIME} at a time: {calls:.0} calls/s; {requests:.0} requests/s");
}

async fn a_second<F: Future<Output = ()>>(make: impl Fn() -> F) -> f64 {
    let begun = Instant::now();
    let all = futures::stream::iter(0..MANY).map(|_| make());
    all.buffer_unordered(AT_A_TIME).collect::<()>().await;
    MANY as f64 / begun.elapsed().as_secs_f64()
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
