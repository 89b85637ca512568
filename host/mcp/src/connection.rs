//! Noticing a client that goes while its call runs. While an HTTP/1 server waits for its own answer it reads nothing,
//! and so would find out at its next write; the skill would compute on for nobody.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::{IncomingStream, Listener};
use futures::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Connections that are watched for their end.
pub(crate) struct Watching(pub TcpListener);

/// A client's connection.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    gone: CancellationToken,
}

/// A connection whose watch ends with it.
pub(crate) struct Watched {
    stream: TcpStream,
    client: Client,
    _watch: DropGuard,
}

impl Listener for Watching {
    type Io = Watched;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Watched, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small: waiting to fill a packet would only make them late.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection delays small answers: {error}");
        }
        let gone = CancellationToken::new();
        let ended = CancellationToken::new();
        if let Err(error) = watch(&stream, gone.clone(), ended.clone()) {
            tracing::debug!("a connection is not watched for its end: {error}");
        }
        let watched = Watched {
            stream,
            client: Client { gone },
            _watch: ended.drop_guard(),
        };
        (watched, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Watching>> for Client {
    fn connect_info(stream: IncomingStream<'_, Watching>) -> Self {
        stream.io().client.clone()
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Cancels `gone` when the other side closes, until `ended`.
#[cfg(unix)]
fn watch(stream: &TcpStream, gone: CancellationToken, ended: CancellationToken) -> io::Result<()> {
    use std::os::fd::AsFd as _;
    use tokio::io::Interest;
    // A handle of its own, so that the connection's readiness is not consumed here; it must not outlive the connection,
    // which would stay open by it.
    let handle = stream.as_fd().try_clone_to_owned()?;
    let handle = TcpStream::from_std(std::net::TcpStream::from(handle))?;
    let closed = async move {
        while let Ok(ready) = handle.ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                gone.cancel();
                return;
            }
            // To be woken by the next event rather than by this one again.
            let _ = handle.try_io(Interest::READABLE, || {
                io::Result::<()>::Err(io::ErrorKind::WouldBlock.into())
            });
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            () = ended.cancelled() => {}
            () = closed => {}
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch(_: &TcpStream, _: CancellationToken, _: CancellationToken) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives an answer up, and what makes it, when nobody is left to read it.
pub(crate) async fn give_up(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<Client>>();
    let Some(ConnectInfo(client)) = connection.cloned() else {
        return next.run(request).await;
    };
    let response = tokio::select! {
        response = next.run(request) => response,
        () = client.gone.cancelled() => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    response.map(|body| {
        let parts = body.into_data_stream();
        Body::from_stream(parts.take_until(client.gone.cancelled_owned()))
    })
}
