//! A link as its owner uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::error::{LinkError, ResetReason};
use crate::link::frame::{Body, Message, Purpose};
use crate::link::inbox::{FIRST_WINDOW, MESSAGE_COST};
use crate::link::state::{State, Taken};
use crate::names::NodeName;

/// The largest message that [`Link::send`] takes, in bytes: it fits every window and every server's `max_payload` that is
/// at least as large.
pub const MAX_MESSAGE: usize = (FIRST_WINDOW / 2 - MESSAGE_COST) as usize;

/// How many bytes share a message with what comes before them.
const JOINED: usize = 16 << 10;

/// How long the other node may take nothing of what it is sent: what is kept for it takes memory here.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 30 });

/// What a link needs of the table that it is in.
pub(crate) trait Table: Send + Sync {
    /// Takes a link out of the table.
    fn remove(&self, state: &Arc<State>);
    /// Tells the other node that the link has ended, without waiting.
    fn reset(&self, state: &State, reason: ResetReason);
}

/// A link to another node: messages in both directions, in order, bounded by bytes. Dropping it before both sides have
/// ended cancels it.
pub struct Link {
    state: Arc<State>,
    table: Arc<dyn Table>,
    /// In seconds.
    patience: AtomicU64,
}

impl Link {
    pub(crate) fn new(state: Arc<State>, table: Arc<dyn Table>) -> Self {
        Self {
            state,
            table,
            patience: AtomicU64::new(PATIENCE.as_secs()),
        }
    }

    /// Sets how long the other node may take nothing of what it is sent; at first 30 seconds.
    pub(crate) fn set_patience(&self, limit: Duration) {
        self.patience.store(limit.as_secs(), Ordering::Relaxed);
    }

    /// Returns the other node.
    pub fn peer(&self) -> &NodeName {
        &self.state.peer
    }

    /// Returns a token that is cancelled when the link ends early.
    pub fn over(&self) -> &CancellationToken {
        &self.state.over
    }

    /// Returns the error with which the link has ended early.
    ///
    /// # Errors
    /// That one.
    pub fn check(&self) -> Result<(), LinkError> {
        self.state.check()
    }

    /// Returns whether the other node may have received everything that this side was to send.
    pub(crate) fn may_be_sent(&self) -> bool {
        self.state.may_be_sent()
    }

    /// Sends the first frame.
    pub(crate) async fn begin(&self, purpose: Purpose, head: Bytes) -> Result<(), LinkError> {
        self.state.send(Body::Open { purpose, head }).await
    }

    /// Sends the first frame, and then everything that this side sends. One message of NATS has both if they are few bytes.
    pub(crate) async fn begin_with(
        &self,
        purpose: Purpose,
        head: Bytes,
        message: Message,
        part: usize,
    ) -> Result<(), LinkError> {
        if message.bytes.len() > JOINED {
            self.begin(purpose, head).await?;
            return self.finish(message.tag, message.bytes, part).await;
        }
        let last = self.last(message).await?;
        self.state
            .send_all(&[Body::Open { purpose, head }, last])
            .await?;
        self.state.note_end();
        Ok(())
    }

    /// Sends `first`, and then everything as [`Link::finish`] does. One message of NATS has both if they are few bytes.
    ///
    /// # Errors
    /// [`LinkError`]: `first` is too large, or the link has ended.
    pub async fn finish_with(
        &self,
        first: Message,
        message: Message,
        part: usize,
    ) -> Result<(), LinkError> {
        if first.bytes.len() + message.bytes.len() > JOINED {
            self.send(first.tag, first.bytes).await?;
            return self.finish(message.tag, message.bytes, part).await;
        }
        self.take_credit(&first).await?;
        let last = self.last(message).await?;
        self.state.send_all(&[Body::Data(first), last]).await?;
        self.state.note_end();
        Ok(())
    }

    /// Returns the last frame with a message, which has none where that has no bytes.
    async fn last(&self, message: Message) -> Result<Body, LinkError> {
        if message.bytes.is_empty() {
            return Ok(Body::End);
        }
        self.take_credit(&message).await?;
        Ok(Body::Last(message))
    }

    /// Sends a message of at most [`MAX_MESSAGE`] bytes, as soon as the other node takes it.
    ///
    /// # Errors
    /// [`LinkError`]: it is too large, or the link has ended.
    pub async fn send(&self, tag: u8, bytes: Bytes) -> Result<(), LinkError> {
        if bytes.len() > MAX_MESSAGE {
            return Err(LinkError::TooLarge {
                node: self.peer().clone(),
                bytes: bytes.len(),
                most: MAX_MESSAGE,
            });
        }
        self.send_part(tag, bytes).await
    }

    /// Sends bytes of any number as messages of at most `part` bytes, as the other node takes them. Nothing is sent for none.
    ///
    /// # Errors
    /// [`LinkError`]: the link has ended.
    pub async fn send_all(&self, tag: u8, mut bytes: Bytes, part: usize) -> Result<(), LinkError> {
        while !bytes.is_empty() {
            let most = self.state.max_payload().min(part).max(1);
            let first = bytes.split_to(most.min(bytes.len()));
            self.send_part(tag, first).await?;
        }
        Ok(())
    }

    /// Sends bytes as [`Link::send_all`] does, and says with the last of them that no more is sent.
    ///
    /// # Errors
    /// [`LinkError`]: the link has ended.
    pub async fn finish(&self, tag: u8, mut bytes: Bytes, part: usize) -> Result<(), LinkError> {
        loop {
            let most = self.state.max_payload().min(part).max(1);
            if bytes.is_empty() {
                return self.end().await;
            }
            if bytes.len() <= most {
                break;
            }
            self.send_part(tag, bytes.split_to(most)).await?;
        }
        let message = Message { tag, bytes };
        self.take_credit(&message).await?;
        self.state.send(Body::Last(message)).await?;
        self.state.note_end();
        Ok(())
    }

    async fn send_part(&self, tag: u8, bytes: Bytes) -> Result<(), LinkError> {
        let message = Message { tag, bytes };
        self.take_credit(&message).await?;
        self.state.send(Body::Data(message)).await
    }

    /// Waits until the other node takes a message, for a limited time.
    async fn take_credit(&self, message: &Message) -> Result<(), LinkError> {
        let cost = crate::link::inbox::cost(message);
        if let Ok(permit) = self.state.credit.try_acquire_many(cost) {
            permit.forget();
            return Ok(());
        }
        let limit = Duration::from_secs(self.patience.load(Ordering::Relaxed));
        match tokio::time::timeout(limit, self.state.credit.acquire_many(cost)).await {
            Ok(Ok(permit)) => permit.forget(),
            Ok(Err(_)) => self.state.check()?,
            Err(_) => {
                let node = self.peer().clone();
                self.end_with(LinkError::Stalled { node, limit }, ResetReason::Cancelled);
                self.state.check()?;
            }
        }
        Ok(())
    }

    /// Says that no more is sent.
    ///
    /// # Errors
    /// [`LinkError`]: the link has ended.
    pub async fn end(&self) -> Result<(), LinkError> {
        self.state.send(Body::End).await?;
        self.state.note_end();
        Ok(())
    }

    /// Receives the next message, or none when the other node has sent everything. One task at a time may wait. Nothing is
    /// lost when the future is dropped.
    ///
    /// # Errors
    /// [`LinkError`]: the link has ended early. What arrived before is received first.
    pub async fn receive(&self) -> Result<Option<Message>, LinkError> {
        self.state.return_credit().await;
        loop {
            match self.state.take()? {
                Taken::Nothing => self.state.arrived.notified().await,
                Taken::End => return Ok(None),
                Taken::Message(message) => return Ok(Some(message)),
            }
        }
    }

    /// Has the other node send up to `window` bytes, at most [`crate::MAX_WINDOW`], before they are consumed.
    ///
    /// # Errors
    /// [`LinkError`]: the link has ended.
    pub async fn widen(&self, window: u32) -> Result<(), LinkError> {
        let widened = self.state.widen(window);
        if widened == 0 {
            return Ok(());
        }
        let credit = Body::Credit {
            returned: 0,
            widened,
        };
        self.state.send(credit).await
    }

    /// Ends the link early, and tells the other node why.
    pub fn reset(&self, reason: ResetReason) {
        let node = self.peer().clone();
        self.end_with(LinkError::Ended { node }, reason);
    }

    fn end_with(&self, error: LinkError, reason: ResetReason) {
        if self.state.finish(error) {
            self.table.reset(&self.state, reason);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.table.remove(&self.state);
        if !self.state.is_complete() {
            self.reset(ResetReason::Cancelled);
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (peer, id) = (&self.state.peer, self.state.id);
        f.debug_struct("Link")
            .field("peer", peer)
            .field("id", &id)
            .finish_non_exhaustive()
    }
}
