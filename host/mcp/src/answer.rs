//! The body of a response, and whether its client reads it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::connections::Exchange;

/// The largest piece handed to the connection, in bytes. HTTP/2 keeps a piece until the client has read its beginning,
/// and polls for the next one after that.
const PIECE: usize = 8 << 10;

/// A body that records when a piece was handed over and when the next is polled for, which happens once there is room.
pub(crate) struct Answer {
    body: Body,
    /// The rest of the body's last frame.
    left: Bytes,
    exchange: Exchange,
}

impl Answer {
    /// Ends `exchange` when `body` is finished or dropped.
    pub fn new(body: Body, exchange: Exchange) -> Self {
        Self {
            body,
            left: Bytes::new(),
            exchange,
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.exchange.taken();
        if self.left.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.left = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                ended => {
                    self.exchange.finish();
                    return Poll::Ready(ended);
                }
            }
        }
        self.exchange.offered(Instant::now());
        let size = self.left.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(size)))))
    }

    // Its end is reported only when it is polled again, and so not before the last piece is sent: the memory that the
    // body holds is charged until then.
    fn is_end_stream(&self) -> bool {
        false
    }

    fn size_hint(&self) -> SizeHint {
        let (left, hint) = (self.left.len() as u64, self.body.size_hint());
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower().saturating_add(left));
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper.saturating_add(left));
        }
        whole
    }
}
