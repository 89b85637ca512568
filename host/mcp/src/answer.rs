//! The body of an answer, and whether its client takes it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::connections::Exchange;

/// A body that notes when a part was made and when the next is asked for: no sooner than there is room to send it.
pub(crate) struct Answer {
    body: Body,
    exchange: Exchange,
}

impl Answer {
    /// Ends `exchange` when `body` is finished or given up.
    pub fn new(body: Body, exchange: Exchange) -> Self {
        Self { body, exchange }
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
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(Some(Ok(_)))) {
            self.exchange.offered(Instant::now());
        }
        frame
    }

    // That it has ended is told only when it is asked for more, and so not before what it has given is sent: what the
    // body holds is charged until then.
    fn is_end_stream(&self) -> bool {
        false
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
