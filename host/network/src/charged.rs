//! A stream whose incoming bytes are charged, for protocols whose library buffers a whole message before it returns it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use luminarys_accounts::Answer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream, and the charge for what has been read from it. The reader resets the charge when it takes a message.
pub(crate) struct Charged<S> {
    stream: S,
    read: Answer,
}

impl<S> Charged<S> {
    /// Charges what is read from `stream` to `read`.
    pub fn new(stream: S, read: Answer) -> Self {
        Self { stream, read }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Charged<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let more = buffer.filled().len() - before;
        // The capacity of a growing buffer is at most twice its length.
        match self.read.grow(2 * more as u64) {
            Ok(()) => polled,
            Err(exhausted) => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::QuotaExceeded, exhausted)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Charged<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
