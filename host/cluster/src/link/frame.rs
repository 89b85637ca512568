//! Frames: what travels over a link, one or more in each message of NATS.
//!
//! ```text
//! version (1 byte) · kind (1) · sequence number (8, big-endian) · length of the body (4) · body
//! ```

use bytes::{BufMut as _, Bytes, BytesMut};
use thiserror::Error;

use crate::error::ResetReason;

/// The version of the protocol.
pub const VERSION: u8 = 1;

/// The bytes of a frame before its body.
pub(crate) const HEADER: usize = 14;
/// The bytes of a frame of data besides its payload.
pub(crate) const DATA_HEADER: usize = HEADER + 1;
/// The most frames in one message.
pub(crate) const MAX_FRAMES: usize = 4;
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

impl Body {
    /// Returns how many bytes it has.
    pub fn length(&self) -> usize {
        match self {
            Self::Open { head, .. } => 1 + head.len(),
            Self::Data(message) | Self::Last(message) => 1 + message.bytes.len(),
            Self::Credit { .. } => 8,
            Self::End | Self::Alive => 0,
            Self::Reset(_) => 1,
        }
    }
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
    /// There are too many frames in one message.
    #[error("there are more than {MAX_FRAMES} frames in one message")]
    Many,
    /// The body does not fit the kind.
    #[error("the frame of kind {0} has an invalid body")]
    Body(u8),
}

impl Frame {
    /// Parses the frames of a message, at least one. Their parts share the memory of `bytes`.
    ///
    /// # Errors
    /// [`FrameError`], of any of them.
    pub fn parse_all(mut bytes: Bytes) -> Result<Vec<Self>, FrameError> {
        let mut frames = Vec::with_capacity(2);
        while frames.is_empty() || !bytes.is_empty() {
            if frames.len() == MAX_FRAMES {
                return Err(FrameError::Many);
            }
            frames.push(Self::parse_first(&mut bytes)?);
        }
        Ok(frames)
    }

    /// Parses a frame at the beginning of `bytes`, and removes it.
    fn parse_first(bytes: &mut Bytes) -> Result<Self, FrameError> {
        let (&[version, kind, ref numbers @ ..], rest) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or(FrameError::Short)?;
        if version != VERSION {
            return Err(FrameError::Version(version));
        }
        let [a, b, c, d, e, f, g, h, ref length @ ..] = *numbers;
        let sequence = [a, b, c, d, e, f, g, h];
        let length = u32::from_be_bytes(*length) as usize;
        if length > rest.len() {
            return Err(FrameError::Short);
        }
        let bytes = bytes.split_to(HEADER + length);
        let body = &bytes[HEADER..];
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
            sequence: u64::from_be_bytes(sequence),
            body,
        })
    }

    /// Returns the frame as bytes.
    pub fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(HEADER + self.body.length());
        encode_frame(self.sequence, &self.body, &mut bytes);
        bytes.freeze()
    }
}

/// Appends a frame to the bytes of a message.
pub(crate) fn encode_frame(sequence: u64, body: &Body, bytes: &mut BytesMut) {
    bytes.put_u8(VERSION);
    bytes.put_u8(match body {
        Body::Open { .. } => 1,
        Body::Data(_) => 2,
        Body::Credit { .. } => 3,
        Body::End => 4,
        Body::Alive => 5,
        Body::Reset(_) => 6,
        Body::Last(_) => 7,
    });
    bytes.put_u64(sequence);
    // A message of NATS has less than 4 GiB.
    bytes.put_u32(u32::try_from(body.length()).unwrap_or(u32::MAX));
    match body {
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
        fn what_is_encoded_is_read_back(
            frames in proptest::collection::vec((any::<u64>(), bodies()), 1..=MAX_FRAMES),
        ) {
            let frames = frames.into_iter().map(|(sequence, body)| Frame { sequence, body });
            let frames: Vec<Frame> = frames.collect();
            let mut bytes = BytesMut::new();
            for frame in &frames {
                let before = bytes.len();
                encode_frame(frame.sequence, &frame.body, &mut bytes);
                prop_assert_eq!(bytes.len() - before, HEADER + frame.body.length());
            }
            prop_assert_eq!(Frame::parse_all(bytes.freeze()), Ok(frames));
        }

        #[test]
        fn any_bytes_are_a_frame_that_encodes_to_them_or_an_error(
            kind in 0..9_u8, rest in proptest::collection::vec(any::<u8>(), 0..40), cut in 0..50_usize,
        ) {
            let length = u8::try_from(rest.len()).unwrap();
            let mut bytes = vec![VERSION, kind, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, length];
            bytes.extend(rest);
            bytes.truncate(cut);
            let bytes = Bytes::from(bytes);
            if let Ok(frames) = Frame::parse_all(bytes.clone()) {
                prop_assert_eq!(frames.len(), 1);
                prop_assert_eq!(frames[0].encode(), bytes);
            }
        }

        #[test]
        fn every_other_byte_string_is_refused_without_panic(bytes: Vec<u8>) {
            let is_ours = bytes.first() == Some(&VERSION);
            prop_assert!(is_ours || Frame::parse_all(Bytes::from(bytes)).is_err());
        }
    }

    #[test]
    fn invalid_frames_are_refused() {
        let frame = |kind: u8, body: &[u8]| {
            let length = u32::try_from(body.len()).unwrap().to_be_bytes();
            [&[1, kind, 0, 0, 0, 0, 0, 0, 0, 9], &length[..], body].concat()
        };
        let too_long = vec![1; MAX_HEAD + 2];
        let too_large = vec![0; MAX_PAYLOAD + 2];
        let rows = [
            (vec![], FrameError::Short),
            (frame(5, &[])[..HEADER - 1].to_vec(), FrameError::Short),
            (frame(2, &[0; 4])[..HEADER + 3].to_vec(), FrameError::Short),
            ([frame(5, &[]), vec![1]].concat(), FrameError::Short),
            (frame(5, &[]).repeat(MAX_FRAMES + 1), FrameError::Many),
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
        let parse = |bytes: Vec<u8>| Frame::parse_all(Bytes::from(bytes));
        each_row(rows, |(bytes, expected)| {
            assert_eq!(parse(bytes), Err(expected))
        });
    }
}
