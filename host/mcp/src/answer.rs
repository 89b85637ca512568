//! The body of an answer, and whether its client takes it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::connections::Exchange;

/// The largest piece that is given to be sent, in bytes. HTTP/2 keeps a piece whole until the client takes its beginning,
/// and asks for the next one when it has taken some.
const PIECE: usize = 8 << 10;

/// A body that notes when a piece was given and when the next is asked for: no sooner than there is room to send it.
pub(crate) struct Answer {
    body: Body,
    /// What of the body's last frame is left to give.
    left: Bytes,
    exchange: Exchange,
}

impl Answer {
    /// Ends `exchange` when `body` is finished or given up.
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

    // That it has ended is told only when it is asked for more, and so not before what it has given is sent: what the
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
