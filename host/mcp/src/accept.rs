//! Accepts connections and serves HTTP on them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Version};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::connections::{Connection, Connections, Entered};
use crate::stream::Watched;

/// The interval between checks of the connections, and so the precision of their time limits.
const SWEEP_INTERVAL: Duration = Duration::from_millis(250);

/// How long to wait before accepting again after a failure.
const RETRY_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// How long connections may take to end at shutdown.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(10);

/// The largest head in HTTP/1, and what is read ahead of a body, in bytes.
const READ_BUFFER: usize = 64 << 10;

/// The largest list of header fields in HTTP/2, in bytes.
const HEADER_LIST: u32 = 16 << 10;

/// Concurrent requests on one HTTP/2 connection.
const STREAMS: u32 = 32;

/// HTTP/2 requests that a client may have reset before they were accepted.
const EARLY_RESETS: usize = 20;

/// Reset HTTP/2 streams that are remembered for a while.
const BROKEN_STREAMS: usize = 64;

/// Flow-control windows of HTTP/2, in bytes: of one request, and of the whole connection.
const WINDOWS: (u32, u32) = (64 << 10, 256 << 10);

/// The send buffer of one HTTP/2 request, in bytes.
const SEND_BUFFER: usize = 16 << 10;

/// The response to a client that speaks plain HTTP on a TLS port.
const SPEAK_TLS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\
    content-length: 59\r\n\r\nthis is HTTP without TLS; the address begins with https://\n";

/// Serves `router` on the connections that `listener` accepts, over TLS if configured, until `stopping` is done; then
/// open connections may finish their requests.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    connections: Arc<Connections>,
    stopping: impl Future<Output = ()>,
) {
    let (finish, tasks) = (CancellationToken::new(), TaskTracker::new());
    let accepting = async {
        let server = Server {
            builder: Arc::new(builder()),
            router,
            tls,
            finish: finish.clone(),
        };
        loop {
            let (stream, entered) = accept(&listener, &connections, server.tls.is_some()).await;
            tasks.spawn(server.clone().converse(stream, entered));
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
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Connections>,
    is_tls: bool,
) -> (TcpStream, Entered) {
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Some(entered) = admit(connections, &stream, peer, is_tls) {
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

/// Ends connections that exceed a time limit, once per interval.
async fn sweep(connections: &Connections) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        connections.sweep(Instant::now());
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The connection's own time limits bound the head, since they also apply before it is known whether this
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
        .max_pending_accept_reset_streams(EARLY_RESETS)
        .max_local_error_reset_streams(BROKEN_STREAMS)
        .max_header_list_size(HEADER_LIST)
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Registers a connection, or refuses it when there is no room: with status 503 if no TLS handshake is needed for that.
fn admit(
    connections: &Arc<Connections>,
    stream: &TcpStream,
    peer: SocketAddr,
    is_tls: bool,
) -> Option<Entered> {
    let local = stream.local_addr().ok().map(|local| local.ip());
    let refused = match connections.enter(peer.ip(), local, is_tls, Instant::now()) {
        Ok(entered) => return Some(entered),
        Err(limit) => limit,
    };
    tracing::debug!("a connection from {peer} is refused: {refused}");
    if is_tls {
        return None;
    }
    let text = format!("all connections serve requests: {refused} is reached; try again\n");
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 1\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{text}"
    );
    let _ = stream.try_write(answer.as_bytes());
    None
}

/// The parts that serve each connection.
#[derive(Clone)]
struct Server {
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    tls: Option<TlsAcceptor>,
    finish: CancellationToken,
}

impl Server {
    /// Serves one connection until the client or a limit ends it.
    async fn converse(self, stream: TcpStream, entered: Entered) {
        let connection = entered.connection.clone();
        let Some(tls) = self.tls.clone() else {
            let stream = Watched::new(stream, connection.clone());
            return self.serve(stream, &connection).await;
        };
        let shaking = handshake(&tls, stream, &connection);
        let shaken = tokio::select! {
            shaken = shaking => shaken,
            () = connection.end.cancelled() => return,
            () = self.finish.cancelled() => return,
        };
        match shaken {
            Ok(stream) => {
                connection.shaken(Instant::now());
                self.serve(stream, &connection).await;
            }
            Err(error) => tracing::debug!("a handshake failed: {error}"),
        }
    }

    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        connection: &Arc<Connection>,
    ) {
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            let mut exchange = connection.begin(request.version() == Version::HTTP_2);
            if request.method() == Method::HEAD {
                // The body of its response is never polled.
                exchange.finish();
            }
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(connection.clone());
            let answering = self.router.clone().oneshot(request);
            async move {
                let answer = answering.await?;
                Ok::<_, Infallible>(answer.map(|body| Answer::new(body, exchange)))
            }
        });
        let serving = self.builder.serve_connection(TokioIo::new(stream), service);
        let mut serving = std::pin::pin!(serving);
        let mut told = false;
        loop {
            tokio::select! {
                ended = serving.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended: {error}");
                    }
                    return;
                }
                () = connection.end.cancelled() => return,
                () = self.finish.cancelled(), if !told => {
                    told = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

async fn handshake(
    tls: &TlsAcceptor,
    stream: TcpStream,
    connection: &Arc<Connection>,
) -> io::Result<TlsStream<Watched>> {
    let mut first = [0];
    // A handshake begins with a control character, each method of HTTP with a letter.
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic() {
        let _ = stream.try_write(SPEAK_TLS.as_bytes());
        // Unread input would make the kernel discard the response.
        let _ = stream.try_read(&mut [0; READ_BUFFER]);
        return Err(io::Error::other("the client speaks HTTP without TLS"));
    }
    tls.accept(Watched::new(stream, connection.clone())).await
}

/// Tells whether `error` concerns only the connection that was to be accepted.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
