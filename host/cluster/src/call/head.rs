//! What a call begins with, and what else travels with it besides arguments and result.

use std::time::Duration;

use luminarys_text::visible;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::call::failure::{CallFailure, MAX_DENIED, MAX_FAILURE};
use crate::link::{MAX_HEAD, MAX_MESSAGE};
use crate::names::InstanceName;

/// The longest method name, in bytes.
const MAX_METHOD: usize = 128;
/// The longest id of a client, session, request or trace, in bytes.
const MAX_ID: usize = 512;
/// The most calls that may have led to a call.
const MAX_CHAIN: usize = 64;
/// The longest message of a progress report, in bytes.
const MAX_REPORT: usize = 4 << 10;

/// Who calls: the executing node applies its own policy to it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Caller {
    /// An MCP client of the calling node.
    Client,
    /// The operator of the calling node, from its command line.
    Operator,
    /// The skill with this instance id.
    Skill(InstanceName),
    /// The calling node itself.
    Host,
}

/// How a call was narrowed below what the skill is granted.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Narrowed {
    /// It must not change anything.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// It must not reach other machines.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed_world: bool,
}

/// What a call begins with. A node refuses heads with keys that it does not know, since they may restrict the call.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CallHead {
    /// The instance that is called.
    pub instance: InstanceName,
    /// Its method.
    pub method: String,
    /// Who calls.
    pub caller: Caller,
    /// The instances whose calls led to this one, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<InstanceName>,
    /// The length of the chain of events that led to it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// Names the client at the calling node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The client's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Unique to the call.
    pub request_id: String,
    /// Shared by all calls that one request has caused.
    pub trace_id: String,
    /// How the call is narrowed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub narrowed: Narrowed,
    /// How long it may still take, in milliseconds: clocks of machines differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_ms: Option<u64>,
    /// The number of bytes of the arguments, which follow.
    pub arguments: u64,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_default(narrowed: &Narrowed) -> bool {
    *narrowed == Narrowed::default()
}

/// A head, outcome or report is not one.
#[derive(Debug, Error)]
pub enum HeadError {
    /// It is no JSON of the expected form.
    #[error("the {what} is malformed: {source}")]
    Json {
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A part of it is too long.
    #[error("the {what} has a {part} of {length}; at most {most} are allowed")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Which part.
        part: &'static str,
        /// Its length.
        length: usize,
        /// The limit.
        most: usize,
    },
    /// A part of it is not allowed.
    #[error("the {what} has an invalid {part}")]
    Invalid {
        /// What it is.
        what: &'static str,
        /// Which part.
        part: &'static str,
    },
}

fn parse<T: DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
    most: usize,
) -> Result<T, HeadError> {
    check_length(what, "size", bytes.len(), most)?;
    serde_json::from_slice(bytes).map_err(|source| HeadError::Json { what, source })
}

fn check_length(
    what: &'static str,
    part: &'static str,
    length: usize,
    most: usize,
) -> Result<(), HeadError> {
    if length > most {
        return Err(HeadError::TooLong {
            what,
            part,
            length,
            most,
        });
    }
    Ok(())
}

/// Writes JSON of a type that has no maps with other keys than text, which cannot fail.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

impl CallHead {
    /// Parses and checks a head.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let head: Self = parse("head of the call", bytes, MAX_HEAD)?;
        head.check()?;
        Ok(head)
    }

    /// Checks a head, and returns it as bytes.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn encode(&self) -> Result<Vec<u8>, HeadError> {
        self.check()?;
        let bytes = to_json(self);
        check_length("head of the call", "size", bytes.len(), MAX_HEAD)?;
        Ok(bytes)
    }

    fn check(&self) -> Result<(), HeadError> {
        let what = "head of the call";
        let is_method = |byte: u8| byte.is_ascii_graphic();
        if self.method.is_empty() || !self.method.bytes().all(is_method) {
            let part = "method";
            return Err(HeadError::Invalid { what, part });
        }
        check_length(what, "method", self.method.len(), MAX_METHOD)?;
        check_length(what, "chain", self.chain.len(), MAX_CHAIN)?;
        let texts = [
            ("client", self.client.as_deref()),
            ("session", self.session.as_deref()),
            ("request id", Some(&*self.request_id)),
            ("trace id", Some(&*self.trace_id)),
        ];
        for (part, text) in texts {
            let text = text.unwrap_or_default();
            check_length(what, part, text.len(), MAX_ID)?;
            // They are written to logs.
            if visible(text) != text {
                return Err(HeadError::Invalid { what, part });
            }
        }
        Ok(())
    }

    /// Returns how long the call may still take.
    pub fn budget(&self) -> Option<Duration> {
        self.budget_ms.map(Duration::from_millis)
    }
}

/// How a call has ended, before its result.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum End {
    /// The number of bytes of the result, which follow.
    Done(u64),
    /// There is no result.
    Failed(CallFailure),
}

impl End {
    /// Parses one.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let what = "end of the call";
        let end: Self = parse(what, bytes, MAX_MESSAGE)?;
        if let Self::Failed(failure) = &end {
            check_length(what, "message", failure.message.len(), MAX_FAILURE)?;
            let denied = failure.denied.as_ref().map_or(0, |it| it.length());
            check_length(what, "denial", denied, MAX_DENIED)?;
        }
        Ok(end)
    }

    /// Returns it as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let bytes = to_json(self);
        if bytes.len() <= MAX_MESSAGE {
            return bytes;
        }
        // Escaping has made the message longer than a frame.
        match self {
            Self::Failed(failure) => {
                let mut failure = failure.clone();
                failure.denied = None;
                let half = failure.message.len() / 2;
                failure
                    .message
                    .truncate(failure.message.floor_char_boundary(half));
                Self::Failed(failure).encode()
            }
            Self::Done(_) => bytes,
        }
    }
}

/// How far a call is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What is done.
    pub done: f64,
    /// What is to be done in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is being done; at most 4 KiB, the rest is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Report {
    /// Parses one.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let what = "progress report";
        let report: Self = parse(what, bytes, MAX_MESSAGE)?;
        let length = report.message.as_ref().map_or(0, String::len);
        check_length(what, "message", length, MAX_REPORT)?;
        Ok(report)
    }

    /// Returns it as bytes, or none when its numbers are not finite.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if !self.done.is_finite() || self.total.is_some_and(|total| !total.is_finite()) {
            return None;
        }
        let mut report = self.clone();
        if let Some(message) = &mut report.message {
            message.truncate(message.floor_char_boundary(MAX_REPORT));
        }
        Some(to_json(&report))
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
