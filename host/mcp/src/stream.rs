//! Notices a client that disconnects while its call runs. While an HTTP/1 server computes a response it reads nothing,
//! and so would notice at its next write only; the skill would go on in vain.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connections::Connection;

/// A connection whose watch ends with it.
pub(crate) struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
    _watch: DropGuard,
}

impl Watched {
    /// Watches for the end of `stream`.
    pub fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        // Responses are small: waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("cannot set TCP_NODELAY on a connection: {error}");
        }
        let ended = CancellationToken::new();
        if let Err(error) = watch(&stream, connection.gone.clone(), ended.clone()) {
            tracing::debug!("cannot watch a connection for its end: {error}");
        }
        Self {
            stream,
            connection,
            _watch: ended.drop_guard(),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.connection.received(Instant::now());
        }
        read
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
    // A separate handle, so that the connection's readiness is not consumed here; it must not outlive the connection,
    // which would stay open because of it.
    let handle = stream.as_fd().try_clone_to_owned()?;
    let handle = TcpStream::from_std(std::net::TcpStream::from(handle))?;
    let closed = async move {
        while let Ok(ready) = handle.ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                gone.cancel();
                return;
            }
            // Wake at the next event, not again at this one.
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

/// Cancels a request and its work when its client has closed the connection.
pub(crate) async fn give_up(request: Request, next: Next) -> Response {
    let Some(connection) = request.extensions().get::<Arc<Connection>>().cloned() else {
        return next.run(request).await;
    };
    let response = tokio::select! {
        response = next.run(request) => response,
        () = connection.gone.cancelled() => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    response.map(|body| {
        let parts = body.into_data_stream();
        Body::from_stream(parts.take_until(connection.gone.clone().cancelled_owned()))
    })
}
