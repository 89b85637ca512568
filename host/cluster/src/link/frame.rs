//! Frames: what travels over a link, one in each message of NATS.
//!
//! ```text
//! version (1 byte) · kind (1) · sequence number (8, big-endian) · body
//! ```

use bytes::{BufMut as _, Bytes, BytesMut};
use thiserror::Error;

use crate::error::ResetReason;

/// The version of the protocol.
pub const VERSION: u8 = 1;

/// The bytes of a frame before its body.
const HEADER: usize = 10;
/// The bytes of a frame of data besides its payload.
pub(crate) const DATA_HEADER: usize = HEADER + 1;
/// The longest head of a link, in bytes: what it is opened with.
pub const MAX_HEAD: usize = 32 << 10;
/// The longest payload of a frame, in bytes.
pub const MAX_PAYLOAD: usize = 512 << 10;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The call of a method.
    Call,
    /// The transfer of a file.
    Transfer,
    /// The description of an instance.
    Describe,
    /// Events, and what the opener's skills are subscribed to.
    Events,
}

impl Purpose {
    fn code(self) -> u8 {
        match self {
            Self::Call => 1,
            Self::Transfer => 2,
            Self::Describe => 3,
            Self::Events => 4,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Call, Self::Transfer, Self::Describe, Self::Events]
            .into_iter()
            .find(|purpose| purpose.code() == code)
    }
}

/// A message of data: what it is, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells messages of one link apart; what it means depends on the link's purpose.
    pub tag: u8,
    /// The content.
    pub bytes: Bytes,
}

/// A frame without its sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// The first frame of a link.
    Open { purpose: Purpose, head: Bytes },
    /// Data, which takes credit.
    Data(Message),
    /// Returns credit for data that was consumed, and widens the window.
    Credit { returned: u32, widened: u32 },
    /// Data, after which the sender sends no more.
    Last(Message),
    /// The sender sends no more data.
    End,
    /// The sender is still there.
    Alive,
    /// The link has ended early.
    Reset(ResetReason),
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub sequence: u64,
    pub body: Body,
}

/// Bytes are not a frame.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// There are too few bytes.
    #[error("the frame is cut off")]
    Short,
    /// The version is unknown.
    #[error("the frame has version {0}; this node speaks version {VERSION}")]
    Version(u8),
    /// The kind is unknown.
    #[error("the frame has the unknown kind {0}")]
    Kind(u8),
    /// The body does not fit the kind.
    #[error("the frame of kind {0} has an invalid body")]
    Body(u8),
}

impl Frame {
    /// Parses a frame. Its parts share the memory of `bytes`.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn parse(bytes: &Bytes) -> Result<Self, FrameError> {
        let (&[version, kind, ref sequence @ ..], body) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or(FrameError::Short)?;
        if version != VERSION {
            return Err(FrameError::Version(version));
        }
        let rest = |skipped: usize| bytes.slice(HEADER + skipped..);
        let wrong = FrameError::Body(kind);
        let body = match (kind, body) {
            (1, [purpose, head @ ..]) if head.len() <= MAX_HEAD => Body::Open {
                purpose: Purpose::from_code(*purpose).ok_or(wrong)?,
                head: rest(1),
            },
            (2, [tag, payload @ ..]) if payload.len() <= MAX_PAYLOAD => Body::Data(Message {
                tag: *tag,
                bytes: rest(1),
            }),
            (3, [a, b, c, d, e, f, g, h]) => Body::Credit {
                returned: u32::from_be_bytes([*a, *b, *c, *d]),
                widened: u32::from_be_bytes([*e, *f, *g, *h]),
            },
            (4, []) => Body::End,
            (5, []) => Body::Alive,
            (6, [reason]) => Body::Reset(ResetReason::from_code(*reason).ok_or(wrong)?),
            (7, [tag, payload @ ..]) if payload.len() <= MAX_PAYLOAD => Body::Last(Message {
                tag: *tag,
                bytes: rest(1),
            }),
            (1..=7, _) => return Err(wrong),
            _ => return Err(FrameError::Kind(kind)),
        };
        Ok(Self {
            sequence: u64::from_be_bytes(*sequence),
            body,
        })
    }

    /// Returns the frame as bytes.
    pub fn encode(&self) -> Bytes {
        let length = match &self.body {
            Body::Open { head, .. } => head.len(),
            Body::Data(message) | Body::Last(message) => message.bytes.len(),
            _ => 0,
        };
        let mut bytes = BytesMut::with_capacity(HEADER + 8 + length);
        bytes.put_u8(VERSION);
        let kind = match &self.body {
            Body::Open { .. } => 1,
            Body::Data(_) => 2,
            Body::Credit { .. } => 3,
            Body::End => 4,
            Body::Alive => 5,
            Body::Reset(_) => 6,
            Body::Last(_) => 7,
        };
        bytes.put_u8(kind);
        bytes.put_u64(self.sequence);
        match &self.body {
            Body::Open { purpose, head } => {
                bytes.put_u8(purpose.code());
                bytes.put_slice(head);
            }
            Body::Data(message) | Body::Last(message) => {
                bytes.put_u8(message.tag);
                bytes.put_slice(&message.bytes);
            }
            Body::Credit { returned, widened } => {
                bytes.put_u32(*returned);
                bytes.put_u32(*widened);
            }
            Body::End | Body::Alive => {}
            Body::Reset(reason) => bytes.put_u8(reason.code()),
        }
        bytes.freeze()
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    fn bodies() -> impl Strategy<Value = Body> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from);
        let purpose = prop_oneof![Just(Purpose::Call), Just(Purpose::Transfer)];
        prop_oneof![
            (purpose, bytes()).prop_map(|(purpose, head)| Body::Open { purpose, head }),
            (any::<u8>(), bytes()).prop_map(|(tag, bytes)| Body::Data(Message { tag, bytes })),
            (any::<u8>(), bytes()).prop_map(|(tag, bytes)| Body::Last(Message { tag, bytes })),
            (any::<u32>(), any::<u32>())
                .prop_map(|(returned, widened)| Body::Credit { returned, widened }),
            Just(Body::End),
            Just(Body::Alive),
            (1..=6_u8).prop_map(|code| Body::Reset(ResetReason::from_code(code).unwrap())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(sequence: u64, body in bodies()) {
            let frame = Frame { sequence, body };
            prop_assert_eq!(Frame::parse(&frame.encode()), Ok(frame));
        }

        #[test]
        fn any_bytes_are_a_frame_that_encodes_to_them_or_an_error(
            kind in 0..9_u8, rest in proptest::collection::vec(any::<u8>(), 0..40), cut in 0..50_usize,
        ) {
            let mut bytes = vec![VERSION, kind];
            bytes.extend(rest);
            bytes.truncate(cut);
            let bytes = Bytes::from(bytes);
            if let Ok(frame) = Frame::parse(&bytes) {
                prop_assert_eq!(frame.encode(), bytes);
            }
        }

        #[test]
        fn every_other_byte_string_is_refused_without_panic(bytes: Vec<u8>) {
            let is_ours = bytes.first() == Some(&VERSION);
            prop_assert!(is_ours || Frame::parse(&Bytes::from(bytes)).is_err());
        }
    }

    #[test]
    fn invalid_frames_are_refused() {
        let frame = |kind: u8, body: &[u8]| [&[1, kind, 0, 0, 0, 0, 0, 0, 0, 9], body].concat();
        let too_long = vec![1; MAX_HEAD + 2];
        let too_large = vec![0; MAX_PAYLOAD + 2];
        let rows = [
            (vec![], FrameError::Short),
            (vec![1, 5, 0, 0, 0, 0, 0, 0, 0], FrameError::Short),
            ([&[2], &frame(5, &[])[1..]].concat(), FrameError::Version(2)),
            (frame(0, &[]), FrameError::Kind(0)),
            (frame(7, &[]), FrameError::Body(7)),
            (frame(7, &too_large), FrameError::Body(7)),
            (frame(8, &[]), FrameError::Kind(8)),
            (frame(1, &[]), FrameError::Body(1)),
            (frame(1, &[9]), FrameError::Body(1)),
            (frame(1, &too_long), FrameError::Body(1)),
            (frame(2, &[]), FrameError::Body(2)),
            (frame(2, &too_large), FrameError::Body(2)),
            (frame(3, &[0; 7]), FrameError::Body(3)),
            (frame(3, &[0; 9]), FrameError::Body(3)),
            (frame(4, &[0]), FrameError::Body(4)),
            (frame(5, &[0]), FrameError::Body(5)),
            (frame(6, &[]), FrameError::Body(6)),
            (frame(6, &[0]), FrameError::Body(6)),
        ];
        let parse = |bytes: Vec<u8>| Frame::parse(&Bytes::from(bytes));
        each_row(rows, |(bytes, expected)| {
            assert_eq!(parse(bytes), Err(expected))
        });
    }
}
