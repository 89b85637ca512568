//! Accepts connections and serves HTTP on them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Version};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::connections::{Connections, Entered};
use crate::stream::Watched;

/// How often the connections are checked, which is how precisely their time limits are kept.
const SWEEP_INTERVAL: Duration = Duration::from_millis(250);

/// How long to wait before accepting again after a failure.
const RETRY_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// How long connections may take to end at shutdown.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(10);

/// The largest head in HTTP/1, and what is read ahead of a body, in bytes.
const READ_BUFFER: usize = 64 << 10;

/// The largest list of header fields in HTTP/2, in bytes.
const HEADER_LIST: u32 = 16 << 10;

/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 32;

/// What a client may send ahead in HTTP/2, in bytes: for one request, and for all of a connection.
const WINDOWS: (u32, u32) = (64 << 10, 256 << 10);

/// What is kept to be sent for one request of HTTP/2, in bytes.
const SEND_BUFFER: usize = 16 << 10;

/// Serves `router` on what `listener` accepts until `stopping` is done; then connections may finish what they serve.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Arc<Connections>,
    stopping: impl Future<Output = ()>,
) {
    let (finish, tasks) = (CancellationToken::new(), TaskTracker::new());
    let accepting = async {
        let builder = Arc::new(builder());
        loop {
            let (stream, entered) = accept(&listener, &connections).await;
            let (builder, router) = (builder.clone(), router.clone());
            tasks.spawn(converse(builder, router, stream, entered, finish.clone()));
        }
    };
    tokio::select! {
        () = accepting => {}
        () = sweep(&connections) => {}
        () = stopping => {}
    }
    drop(listener);
    finish.cancel();
    tasks.close();
    // Connections that are still open then end with the runtime.
    tokio::select! {
        _ = tokio::time::timeout(SHUTDOWN_WAIT, tasks.wait()) => {}
        () = sweep(&connections) => {}
    }
}

/// Accepts the next connection for which there is room.
async fn accept(listener: &TcpListener, connections: &Arc<Connections>) -> (TcpStream, Entered) {
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Some(entered) = admit(connections, &stream, peer) {
                    return (stream, entered);
                }
            }
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!("no connection can be accepted: {error}");
                }
                connections.shed();
                tokio::time::sleep(RETRY_AFTER_FAILURE).await;
            }
        }
    }
}

/// Ends the connections that take too long, again and again.
async fn sweep(connections: &Connections) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        connections.sweep(Instant::now());
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // How long a head may take is told by the connection's own times, which also hold before it is known whether this
    // is HTTP/1.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(READ_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_LIST)
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Registers a connection, or refuses it with 503 when there is no room.
fn admit(connections: &Arc<Connections>, stream: &TcpStream, peer: SocketAddr) -> Option<Entered> {
    let local = stream.local_addr().ok().map(|local| local.ip());
    let refused = match connections.enter(peer.ip(), local, Instant::now()) {
        Ok(entered) => return Some(entered),
        Err(limit) => limit,
    };
    tracing::debug!("a connection from {peer} is refused: {refused}");
    let text = format!("all connections serve requests: {refused} is reached; try again\n");
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 1\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{text}"
    );
    let _ = stream.try_write(answer.as_bytes());
    None
}

/// Serves one connection until the client or a limit ends it.
async fn converse(
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    stream: TcpStream,
    entered: Entered,
    finish: CancellationToken,
) {
    let connection = entered.connection.clone();
    let stream = TokioIo::new(Watched::new(stream, connection.clone()));
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        let exchange = connection.begin(request.version() == Version::HTTP_2);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(connection.clone());
        let answering = router.clone().oneshot(request);
        async move {
            let answer = answering.await?;
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, exchange)))
        }
    });
    let mut served = std::pin::pin!(builder.serve_connection(stream, service));
    let mut told = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!("a connection ended: {error}");
                }
                return;
            }
            () = connection.end.cancelled() => return,
            () = finish.cancelled(), if !told => {
                told = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Tells whether `error` concerns only the connection that was to be accepted.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
