//! The receiving side of a link: the order of frames, what may still come, and what has come and waits.

use std::collections::VecDeque;

use crate::link::frame::{Body, Frame, Message};

/// How many bytes of data a node takes on a new link before any of it is consumed. Both sides know it.
pub const FIRST_WINDOW: u32 = 64 << 10;
/// The widest window.
pub const MAX_WINDOW: u32 = 32 << 20;
/// What a message costs beside its bytes.
pub(crate) const MESSAGE_COST: u32 = 64;

/// Returns the bytes of credit that a message takes.
pub(crate) fn cost(message: &Message) -> u32 {
    u32::try_from(message.bytes.len())
        .unwrap_or(u32::MAX)
        .saturating_add(MESSAGE_COST)
}

/// A frame must not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Frames before it were lost.
    Lost,
    /// It breaks a rule.
    Protocol(&'static str),
}

/// What a frame means to the sending side and to the link as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing more than that the other node is there.
    Nothing,
    /// There is something new to receive.
    Arrived,
    /// The other node takes more.
    Credit { returned: u32, widened: u32 },
}

/// The receiving side. Holds at most its window.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// The sequence number of the next frame.
    next: u64,
    waiting: VecDeque<Message>,
    /// How many bytes the other node may still send.
    allowed: u32,
    window: u32,
    /// How many bytes were consumed and not yet allowed again.
    consumed: u32,
    /// How many bytes are allowed again, of which the other node has not been told.
    due: u32,
    has_ended: bool,
}

impl Inbox {
    /// Returns the side of a link whose next frame has the number `next`.
    pub fn new(next: u64) -> Self {
        Self {
            next,
            waiting: VecDeque::new(),
            allowed: FIRST_WINDOW,
            window: FIRST_WINDOW,
            consumed: 0,
            due: 0,
            has_ended: false,
        }
    }

    /// Takes a frame in, other than [`Body::Reset`].
    ///
    /// # Errors
    /// [`Refused`]: the link must end.
    pub fn take(&mut self, frame: Frame) -> Result<Meaning, Refused> {
        if frame.sequence != self.next {
            return Err(Refused::Lost);
        }
        self.next += 1;
        match frame.body {
            Body::Open { .. } => Err(Refused::Protocol("it opened a link twice")),
            Body::Data(_) | Body::Last(_) | Body::End if self.has_ended => {
                Err(Refused::Protocol("it sent data after the end"))
            }
            Body::Data(message) => self.wait_with(message),
            Body::Last(message) => {
                self.has_ended = true;
                self.wait_with(message)
            }
            Body::End => {
                self.has_ended = true;
                Ok(Meaning::Arrived)
            }
            Body::Credit { returned, widened } => Ok(Meaning::Credit { returned, widened }),
            Body::Alive | Body::Reset(_) => Ok(Meaning::Nothing),
        }
    }

    fn wait_with(&mut self, message: Message) -> Result<Meaning, Refused> {
        let rest = self.allowed.checked_sub(cost(&message));
        self.allowed = rest.ok_or(Refused::Protocol("it sent more than it may"))?;
        self.waiting.push_back(message);
        Ok(Meaning::Arrived)
    }

    /// Removes the next message.
    pub fn next(&mut self) -> Option<Message> {
        let message = self.waiting.pop_front()?;
        self.consumed += cost(&message);
        // So the other node can always send at least half a window once everything is consumed.
        if self.consumed >= self.window / 2 && !self.has_ended {
            let returned = std::mem::take(&mut self.consumed);
            self.allowed += returned;
            self.due += returned;
        }
        Some(message)
    }

    /// Returns how many bytes to tell the other node of, that it may send again.
    pub fn due(&self) -> u32 {
        self.due
    }

    /// Notes that the other node was told of so many bytes.
    pub fn told(&mut self, bytes: u32) {
        self.due = self.due.saturating_sub(bytes);
    }

    /// Widens the window to `window` bytes. Returns by how much it has grown.
    pub fn widen(&mut self, window: u32) -> u32 {
        let grown = window.min(MAX_WINDOW).saturating_sub(self.window);
        self.window += grown;
        self.allowed += grown;
        grown
    }

    /// Returns whether everything has come and is consumed.
    pub fn is_done(&self) -> bool {
        self.has_ended && self.waiting.is_empty()
    }

    /// Returns whether everything has come.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn data(sequence: u64, length: usize) -> Frame {
        let bytes = Bytes::from(vec![0; length]);
        Frame {
            sequence,
            body: Body::Data(Message { tag: 0, bytes }),
        }
    }

    #[test]
    fn gaps_repetitions_and_broken_rules_are_refused() {
        let mut inbox = Inbox::new(0);
        assert_eq!(inbox.take(data(0, 10)), Ok(Meaning::Arrived));
        assert_eq!(inbox.take(data(2, 10)), Err(Refused::Lost));
        assert_eq!(Inbox::new(1).take(data(0, 10)), Err(Refused::Lost));
        let end = |sequence| Frame {
            sequence,
            body: Body::End,
        };
        assert_eq!(inbox.take(end(1)), Ok(Meaning::Arrived));
        assert!(!inbox.is_done(), "a message waits");
        assert!(matches!(inbox.take(data(2, 1)), Err(Refused::Protocol(_))));
        assert!(inbox.next().is_some() && inbox.is_done());
        let last = |sequence| {
            let (tag, bytes) = (0, Bytes::from_static(b"x"));
            let body = Body::Last(Message { tag, bytes });
            Frame { sequence, body }
        };
        let mut inbox = Inbox::new(0);
        assert_eq!(inbox.take(last(0)), Ok(Meaning::Arrived));
        assert!(matches!(inbox.take(last(1)), Err(Refused::Protocol(_))));
        assert!(inbox.next().is_some() && inbox.is_done());
        let mut inbox = Inbox::new(0);
        let too_much = data(0, FIRST_WINDOW as usize);
        assert!(matches!(inbox.take(too_much), Err(Refused::Protocol(_))));
    }

    proptest! {
        /// A sender that follows the credit it gets is never refused and never stuck, and no more than the window waits.
        #[test]
        fn credit_flows(steps in proptest::collection::vec((any::<bool>(), 0..30_000_usize), 1..200), widened in 0..1_000_000_u32) {
            let mut inbox = Inbox::new(0);
            let mut window = FIRST_WINDOW;
            let mut credit = FIRST_WINDOW;
            let mut sequence = 0;
            for (index, (is_sent, length)) in steps.into_iter().enumerate() {
                if index == 20 {
                    let grown = inbox.widen(widened);
                    window += grown;
                    credit += grown;
                }
                if is_sent {
                    let frame = data(sequence, length);
                    let Body::Data(message) = &frame.body else { unreachable!() };
                    let cost = cost(message);
                    if cost <= credit {
                        prop_assert_eq!(inbox.take(frame), Ok(Meaning::Arrived));
                        credit -= cost;
                        sequence += 1;
                    }
                } else if inbox.next().is_some() {
                    let due = inbox.due();
                    credit += due;
                    inbox.told(due);
                }
                let waiting: u32 = inbox.waiting.iter().map(cost).sum();
                prop_assert!(waiting <= window && credit <= window);
                if inbox.waiting.is_empty() {
                    prop_assert!(credit >= window / 2, "{credit} of {window}");
                }
            }
        }
    }
}
