//! What a transfer begins with, and how it is answered.

use luminarys_text::visible;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::link::{MAX_HEAD, MAX_MESSAGE};
use crate::names::InstanceName;

/// The longest path, in bytes.
pub const MAX_PATH: usize = 4 << 10;
/// The longest message of a failure, in bytes.
const MAX_FAILURE: usize = 4 << 10;
/// The longest request id, in bytes.
const MAX_ID: usize = 512;

/// Names one transfer, so that it goes on where it was interrupted: 32 hexadecimal digits. Whoever starts it chooses it at
/// random, or from what identifies the content.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, Hash)]
#[serde(try_from = "String", into = "String")]
pub struct TransferId(String);

impl TransferId {
    /// Chooses one at random.
    ///
    /// # Errors
    /// The operating system's, when it has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// Chooses one for what `content` identifies: its first half is the same whenever that is, so that a later transfer of the
    /// same can go on where this one is interrupted; its second half is random, so that it is another transfer.
    ///
    /// # Errors
    /// The operating system's, when it has no random numbers.
    pub fn of_content(content: &[u8]) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        bytes[..8].copy_from_slice(&Sha256::digest(content)[..8]);
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// Returns the digits of the first half.
    pub fn content(&self) -> &str {
        &self.0[..16]
    }

    /// Returns the digits. They are safe as a part of a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TransferId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 32 && text.bytes().all(is_digit) {
            return Ok(Self(text));
        }
        Err("the id of a transfer must be 32 hexadecimal digits in lower case".to_owned())
    }
}

impl From<TransferId> for String {
    fn from(id: TransferId) -> Self {
        id.0
    }
}

/// What one node asks of another.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Takes a file.
    Put {
        /// The number of its bytes.
        size: u64,
        /// Names the transfer.
        transfer: TransferId,
    },
    /// Gives a file.
    Get,
    /// Tells which files a directory holds.
    List,
}

/// What a transfer begins with. A node refuses keys that it does not know.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct FileHead {
    /// The instance id of the skill for which it is done; none for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<InstanceName>,
    /// The call in which it is done, for logs.
    pub request_id: String,
    /// The path on the node that is asked, as the skill has written it: that node resolves it beneath what its own
    /// configuration allows.
    pub path: String,
    /// What is asked.
    pub operation: Operation,
}

/// A head or answer is not one.
#[derive(Debug, Error)]
pub enum FileHeadError {
    /// It is larger than allowed.
    #[error("{0} bytes are too many")]
    TooLarge(usize),
    /// It is not JSON of the expected form.
    #[error("it is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// A part of it is not allowed.
    #[error("it has an invalid {0}")]
    Invalid(&'static str),
}

fn parse<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, FileHeadError> {
    if bytes.len() > most {
        return Err(FileHeadError::TooLarge(bytes.len()));
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Checks a path of another node, or for it.
fn check_path(path: &str) -> Result<(), FileHeadError> {
    if path.is_empty() || path.len() > MAX_PATH || path.contains('\0') {
        return Err(FileHeadError::Invalid("path"));
    }
    Ok(())
}

impl FileHead {
    /// Parses and checks a head.
    ///
    /// # Errors
    /// [`FileHeadError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FileHeadError> {
        let head: Self = parse(bytes, MAX_HEAD)?;
        head.check()?;
        Ok(head)
    }

    /// Checks a head, and returns it as bytes.
    ///
    /// # Errors
    /// [`FileHeadError`].
    pub fn encode(&self) -> Result<Vec<u8>, FileHeadError> {
        self.check()?;
        let bytes = serde_json::to_vec(self)?;
        if bytes.len() > MAX_HEAD {
            return Err(FileHeadError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    fn check(&self) -> Result<(), FileHeadError> {
        check_path(&self.path)?;
        // It is written to logs.
        if self.request_id.len() > MAX_ID || visible(&self.request_id) != self.request_id {
            return Err(FileHeadError::Invalid("request id"));
        }
        Ok(())
    }
}

/// Why a file is not transferred.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TransferFailureKind {
    /// There is no such file or directory.
    NotFound,
    /// It is not allowed.
    Denied,
    /// There is something else already.
    AlreadyExists,
    /// There is not enough space.
    NoSpace,
    /// The request is invalid.
    Invalid,
    /// What arrived is not what was sent, or the file has changed meanwhile.
    Damaged,
    /// There are too many transfers.
    Busy,
    /// The disk fails.
    Io,
}

/// A file is not transferred.
#[derive(Clone, Debug, Error, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[error("{message}")]
pub struct TransferFailure {
    /// Why.
    pub kind: TransferFailureKind,
    /// What to tell the caller; at most 4 KiB, the rest is cut.
    pub message: String,
}

impl TransferFailure {
    /// Makes one, and cuts the message if necessary.
    pub fn new(kind: TransferFailureKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(MAX_FAILURE));
        Self { kind, message }
    }
}

/// A file or directory.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its path, in the same form as the path of the request.
    pub path: String,
    /// The number of its bytes; none for a directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A step of a transfer, other than data.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    /// The receiver has so many bytes already; the rest may come.
    From(u64),
    /// The file has so many bytes.
    Size(u64),
    /// The SHA-256 of the whole file, in hexadecimal; all data is sent.
    Digest(String),
    /// The file is in its place.
    Done,
    /// Some of what a directory holds.
    Entries(Vec<Listed>),
    /// The transfer has failed.
    Failed(TransferFailure),
}

impl Step {
    /// Parses and checks a step.
    pub fn parse(bytes: &[u8]) -> Result<Self, FileHeadError> {
        let step: Self = parse(bytes, MAX_MESSAGE)?;
        match &step {
            Self::Failed(failure) if failure.message.len() > MAX_FAILURE => {
                Err(FileHeadError::Invalid("message"))
            }
            Self::Digest(digest) if digest.len() != 64 => Err(FileHeadError::Invalid("digest")),
            Self::Entries(entries) => {
                entries
                    .iter()
                    .try_for_each(|entry| check_path(&entry.path))?;
                Ok(step)
            }
            _ => Ok(step),
        }
    }

    /// Returns the step as bytes.
    pub fn encode(&self) -> Vec<u8> {
        // It has no maps with other keys than text, so that this cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn heads_are_checked() {
        let good = json!({ "request_id": "r", "path": "/data/a", "operation": "get" });
        let with = |key: &str, value: serde_json::Value| {
            let mut head = good.clone();
            head[key] = value;
            head.to_string()
        };
        let put = |transfer: &str| json!({ "put": { "size": 3, "transfer": transfer } });
        let id = "0123456789abcdef0123456789abcdef";
        let rows = [
            (good.to_string(), true),
            (with("operation", put(id)), true),
            (with("skill", json!("copier")), true),
            (with("operation", put("../../etc/passwd")), false),
            (with("operation", put(&id.to_uppercase())), false),
            (with("operation", json!("remove")), false),
            (with("path", json!("")), false),
            (with("path", json!("a\0b")), false),
            (with("path", json!("x".repeat(MAX_PATH))), true),
            (with("path", json!("x".repeat(MAX_PATH + 1))), false),
            (with("request_id", json!("a\nb")), false),
            (with("skill", json!("a b")), false),
            (with("force", json!(true)), false),
            (String::new(), false),
        ];
        each_row(rows, |(head, is_good)| {
            let read = FileHead::parse(head.as_bytes());
            assert_eq!(read.is_ok(), is_good, "{read:?}");
            if let Ok(read) = read {
                assert_eq!(FileHead::parse(&read.encode().unwrap()).unwrap(), read);
            }
        });
    }

    #[test]
    fn transfers_of_the_same_content_share_half_of_their_ids() {
        let of = |content: &[u8]| TransferId::of_content(content).unwrap();
        let (one, again, other) = (of(b"a"), of(b"a"), of(b"b"));
        assert_eq!(one.content(), again.content());
        assert_ne!(one, again);
        assert_ne!(one.content(), other.content());
        assert!(TransferId::try_from(one.as_str().to_owned()).is_ok());
    }

    #[test]
    fn a_long_failure_fits_a_message() {
        let failure = TransferFailure::new(TransferFailureKind::Io, "\u{1}".repeat(1 << 20));
        let step = Step::Failed(failure);
        assert_eq!(Step::parse(&step.encode()).unwrap(), step);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, text in "[\\{\\}\\[\\]\":,a-z0-9]{0,200}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = (FileHead::parse(bytes), Step::parse(bytes));
            }
        }
    }
}
