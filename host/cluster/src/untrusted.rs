//! What other nodes send, as one list: for tests that try many inputs.

use bytes::Bytes;

use crate::call::{CallHead, End, Report};
use crate::claims::Record;
use crate::events::ReceivedEvents;
use crate::link::Frame;
use crate::members::Lease;
use crate::state::Entry;
use crate::transfer::{FileHead, Step};

/// A kind of bytes that other nodes send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// A frame of a link.
    Frame,
    /// What a call begins with.
    CallHead,
    /// How a call has ended.
    CallEnd,
    /// How far a call is.
    Report,
    /// A lease.
    Lease,
    /// What a transfer begins with.
    FileHead,
    /// A step of a transfer.
    FileStep,
    /// An entry of the log of a shared namespace.
    StateEntry,
    /// A claim of a firing.
    Claim,
    /// What the skills of a node are subscribed to.
    Subscribed,
    /// An event.
    Event,
}

impl Untrusted {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Frame,
        Self::CallHead,
        Self::CallEnd,
        Self::Report,
        Self::Lease,
        Self::FileHead,
        Self::FileStep,
        Self::StateEntry,
        Self::Claim,
        Self::Subscribed,
        Self::Event,
    ];

    /// Parses bytes. Returns what was parsed as bytes again, or none when they are refused.
    pub fn reparse(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let shared = || Bytes::copy_from_slice(bytes);
        match self {
            Self::Frame => {
                let frames = Frame::parse_all(shared()).ok()?;
                Some(frames.iter().flat_map(Frame::encode).collect())
            }
            Self::CallHead => CallHead::parse(bytes).ok()?.encode().ok(),
            Self::CallEnd => Some(End::parse(bytes).ok()?.encode()),
            Self::Report => Report::parse(bytes).ok()?.encode(),
            Self::Lease => Lease::parse(bytes).ok()?.encode().ok(),
            Self::FileHead => FileHead::parse(bytes).ok()?.encode().ok(),
            Self::FileStep => Some(Step::parse(bytes).ok()?.encode()),
            Self::StateEntry => Some(Entry::parse(&shared()).ok()?.encode().to_vec()),
            Self::Subscribed => {
                let subscribed = ReceivedEvents::parse_subscribed(bytes).ok()?;
                subscribed.encode().ok()
            }
            Self::Event => ReceivedEvents::parse_event(bytes).ok()?.encode().ok(),
            Self::Claim => {
                let (key, content) = bytes.split_at(bytes.iter().position(|it| *it == b'\n')?);
                let key = std::str::from_utf8(key).ok()?;
                let record = Record::parse(key, &content[1..]).ok()?.encode().ok()?;
                Some([key.as_bytes(), b"\n", &record].concat())
            }
        }
    }
}
