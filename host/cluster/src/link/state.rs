//! The state of one link, which its owner, the receiver of frames and the watch over silence share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::error::{LinkError, ResetReason};
use crate::link::frame::{Body, Frame, HEADER, Message, encode_frame};
use crate::link::inbox::{FIRST_WINDOW, Inbox, MAX_WINDOW, Meaning, Refused};
use crate::link::wire::Wire;
use crate::names::NodeName;
use crate::subjects::LinkId;

/// How long the other node may be silent.
pub const SILENCE: Duration = Duration::from_millis(2_500);
/// How long this node is silent at most.
pub(crate) const ALIVE: Duration = Duration::from_millis(750);

/// The state of one link.
pub(crate) struct State {
    pub peer: NodeName,
    pub id: LinkId,
    wire: Arc<dyn Wire>,
    /// The number of the next frame. Locked while one is sent, so that numbers and frames go out in one order.
    sending: tokio::sync::Mutex<u64>,
    /// The bytes that the other node still takes. Closed when the link has ended.
    pub credit: Semaphore,
    inner: Mutex<Inner>,
    /// Wakes the owner, when something has arrived or the link has ended.
    pub arrived: Notify,
    /// Cancelled when the link has ended early.
    pub over: CancellationToken,
}

struct Inner {
    inbox: Inbox,
    /// The other node's window.
    window: u32,
    has_ended: bool,
    /// Whether the last frame of this side was given to NATS, or may have been.
    has_sent_last: bool,
    error: Option<LinkError>,
    heard: Instant,
    sent: Instant,
}

/// Returns frames as one message, the first with the number `sequence`.
fn encode(bodies: &[Body], sequence: u64) -> Bytes {
    let lengths = bodies.iter().map(|body| HEADER + body.length());
    let mut bytes = BytesMut::with_capacity(lengths.sum());
    for (body, sequence) in bodies.iter().zip(sequence..) {
        encode_frame(sequence, body, &mut bytes);
    }
    bytes.freeze()
}

/// What a link has for its owner.
pub(crate) enum Taken {
    /// Nothing yet.
    Nothing,
    /// Nothing more.
    End,
    /// A message.
    Message(Message),
}

impl State {
    /// Returns the state of a link of which `received` frames have come.
    pub fn new(peer: NodeName, id: LinkId, wire: Arc<dyn Wire>, received: u64) -> Self {
        let now = Instant::now();
        Self {
            peer,
            id,
            wire,
            sending: tokio::sync::Mutex::new(0),
            credit: Semaphore::new(FIRST_WINDOW as usize),
            inner: Mutex::new(Inner {
                inbox: Inbox::new(received),
                window: FIRST_WINDOW,
                has_ended: false,
                has_sent_last: false,
                error: None,
                heard: now,
                sent: now,
            }),
            arrived: Notify::new(),
            over: CancellationToken::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame, when there is room.
    ///
    /// # Errors
    /// The error with which the link has ended.
    pub async fn send(&self, body: Body) -> Result<(), LinkError> {
        self.send_all(&[body]).await
    }

    /// Sends frames in one message, when there is room; at most [`crate::link::frame::MAX_FRAMES`].
    ///
    /// # Errors
    /// The error with which the link has ended.
    pub async fn send_all(&self, bodies: &[Body]) -> Result<(), LinkError> {
        let sent = async {
            let mut next = self.sending.lock().await;
            // A link that has ended must not go on.
            self.check()?;
            let sequence = *next;
            let is_first = matches!(bodies, [Body::Open { .. }, ..]);
            let frames = encode(bodies, sequence);
            if matches!(bodies.last(), Some(Body::End | Body::Last(_))) {
                self.lock().has_sent_last = true;
            }
            let sent = self.wire.send(&self.peer, self.id, frames, is_first);
            if sent.await.is_err() {
                let was_sent = sequence > 0;
                let error = self.unreachable("this node's connection to NATS is closed", was_sent);
                self.finish(error.clone());
                return Err(error);
            }
            *next += bodies.len() as u64;
            self.lock().sent = Instant::now();
            Ok(())
        };
        tokio::select! {
            biased;
            sent = sent => sent,
            () = self.over.cancelled() => self.check(),
        }
    }

    /// Returns the most bytes that one message of data can have now.
    pub fn max_payload(&self) -> usize {
        // More than half a window may have to wait forever.
        let window = self.lock().window / 2;
        let window = window.saturating_sub(crate::link::inbox::MESSAGE_COST) as usize;
        let frame = self.wire.max_frame();
        let frame = frame.saturating_sub(crate::link::frame::DATA_HEADER);
        window.min(frame).min(crate::link::frame::MAX_PAYLOAD)
    }

    /// Notes that this side sends no more data.
    pub fn note_end(&self) {
        self.lock().has_ended = true;
    }

    /// Takes the next message that has arrived.
    ///
    /// # Errors
    /// The error with which the link has ended, once what arrived before is consumed.
    pub fn take(&self) -> Result<Taken, LinkError> {
        let mut inner = self.lock();
        if let Some(message) = inner.inbox.next() {
            return Ok(Taken::Message(message));
        }
        if inner.inbox.is_done() {
            return Ok(Taken::End);
        }
        inner.error.clone().map_or(Ok(Taken::Nothing), Err)
    }

    /// Tells the other node that it may send again as much as was consumed, if it is time to.
    pub async fn return_credit(&self) {
        let returned = self.lock().inbox.due();
        if returned > 0 {
            let widened = 0;
            // What has arrived is received all the same.
            let _ = self.send(Body::Credit { returned, widened }).await;
            self.lock().inbox.told(returned);
        }
    }

    /// Widens this side's window. Returns by how much.
    pub fn widen(&self, window: u32) -> u32 {
        self.lock().inbox.widen(window)
    }

    /// Returns the error with which the link has ended.
    pub fn check(&self) -> Result<(), LinkError> {
        self.lock().error.clone().map_or(Ok(()), Err)
    }

    /// Returns whether both sides have sent everything.
    pub fn is_complete(&self) -> bool {
        let inner = self.lock();
        inner.has_ended && inner.inbox.has_ended()
    }

    /// Returns whether the other node may have received everything that this side was to send.
    pub fn may_be_sent(&self) -> bool {
        self.lock().has_sent_last
    }

    /// Makes an error of this link.
    pub fn unreachable(&self, reason: &'static str, was_sent: bool) -> LinkError {
        LinkError::Unreachable {
            node: self.peer.clone(),
            reason,
            was_sent,
        }
    }

    /// Ends the link with an error, unless it has one or is complete. Returns whether it did.
    pub fn finish(&self, error: LinkError) -> bool {
        {
            let mut inner = self.lock();
            if inner.error.is_some() || (inner.has_ended && inner.inbox.has_ended()) {
                return false;
            }
            inner.error = Some(error);
        }
        self.credit.close();
        self.over.cancel();
        self.arrived.notify_one();
        true
    }

    /// Takes a frame of the other node in.
    ///
    /// # Errors
    /// What to tell the other node: the link has ended.
    pub fn receive(&self, frame: Frame) -> Result<(), ResetReason> {
        if let Body::Reset(reason) = frame.body {
            let node = self.peer.clone();
            self.finish(LinkError::Reset { node, reason });
            return Ok(());
        }
        let taken = {
            let mut inner = self.lock();
            if inner.error.is_some() {
                return Err(ResetReason::Unknown);
            }
            inner.heard = Instant::now();
            let taken = inner.inbox.take(frame);
            match taken {
                Ok(Meaning::Credit { returned, widened }) => {
                    let window = inner.window.saturating_add(widened);
                    let credit = self.credit.available_permits() as u64;
                    let credit = credit + u64::from(returned) + u64::from(widened);
                    if window > MAX_WINDOW || credit > u64::from(window) {
                        Err(Refused::Protocol("it gave more credit than its window"))
                    } else {
                        inner.window = window;
                        self.credit.add_permits((returned + widened) as usize);
                        Ok(Meaning::Nothing)
                    }
                }
                other => other,
            }
        };
        let node = self.peer.clone();
        match taken {
            Ok(Meaning::Arrived) => self.arrived.notify_one(),
            Ok(_) => {}
            Err(Refused::Lost) => {
                self.finish(self.unreachable("frames of it were lost", true));
                return Err(ResetReason::Lost);
            }
            Err(Refused::Protocol(reason)) => {
                self.finish(LinkError::Protocol { node, reason });
                return Err(ResetReason::Protocol);
            }
        }
        Ok(())
    }

    /// Ends the link when the other node has been silent for too long, and says that this node is there when it has been
    /// silent for long. Never waits.
    pub fn watch(&self, now: Instant) {
        let (heard, sent) = {
            let inner = self.lock();
            if inner.error.is_some() || (inner.has_ended && inner.inbox.has_ended()) {
                return;
            }
            (inner.heard, inner.sent)
        };
        if now.saturating_duration_since(heard) > SILENCE {
            self.finish(self.unreachable("nothing has been heard from it for 2.5 s", true));
        } else if now.saturating_duration_since(sent) > ALIVE {
            // Where it has to wait, something else is being sent.
            let _ = self.send(Body::Alive).now_or_never();
        }
    }
}
