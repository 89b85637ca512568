//! What is written of a firing.

use luminarys_text::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::names::NodeName;

/// The longest id of a schedule, in bytes.
pub const MAX_SCHEDULE: usize = 512;
/// The largest record, in bytes.
pub(crate) const MAX_RECORD: usize = 8 << 10;

/// One firing of a schedule.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Firing {
    /// The id of the schedule, the same on all nodes.
    pub schedule: String,
    /// When it is due: milliseconds since 1970-01-01 UTC.
    pub due: u64,
}

/// How far a firing is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// A node is making it.
    Claimed,
    /// It was made.
    Finished,
    /// The node that had claimed it is gone, which was reported.
    Reported,
}

/// The record of a firing.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Record {
    pub firing: Firing,
    pub node: NodeName,
    /// The process of the node, as its lease names it.
    pub process: String,
    /// Chosen at random for each try to claim: tells whose record it is when a confirmation is lost.
    pub token: String,
    pub stage: Stage,
}

/// A firing or its record cannot be used.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The schedule's id is too long or empty.
    #[error("the id of a schedule has {0} bytes; it may have 1 to {MAX_SCHEDULE}")]
    Schedule(usize),
    /// The record is too large.
    #[error("the record of a firing has {0} bytes; at most {MAX_RECORD} are allowed")]
    TooLarge(usize),
    /// The record is not JSON of the expected form.
    #[error("the record of a firing is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// The record belongs to another firing.
    #[error("the record is under the key of another firing")]
    Key,
}

impl Firing {
    /// Returns the key of its record: the time first, so that keys are in order of time.
    pub(crate) fn key(&self) -> String {
        let digest = Sha256::digest(self.schedule.as_bytes());
        format!("{:020}-{}", self.due, hexadecimal(&digest))
    }
}

impl Record {
    fn check(&self) -> Result<(), RecordError> {
        match self.firing.schedule.len() {
            1..=MAX_SCHEDULE => Ok(()),
            length => Err(RecordError::Schedule(length)),
        }
    }

    /// Parses the record under `key`.
    pub fn parse(key: &str, bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD {
            return Err(RecordError::TooLarge(bytes.len()));
        }
        let record: Self = serde_json::from_slice(bytes)?;
        record.check()?;
        if record.firing.key() != key {
            return Err(RecordError::Key);
        }
        Ok(record)
    }

    /// Checks the record, and returns it as bytes.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        self.check()?;
        let bytes = serde_json::to_vec(self)?;
        if bytes.len() > MAX_RECORD {
            return Err(RecordError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(schedule: &str, due: u64) -> Record {
        Record {
            firing: Firing {
                schedule: schedule.to_owned(),
                due,
            },
            node: NodeName::new("a").unwrap(),
            process: "0".repeat(32),
            token: "1".repeat(32),
            stage: Stage::Claimed,
        }
    }

    #[test]
    fn a_record_is_only_read_under_its_key() {
        let (one, other) = (record("s", 5), record("s", 6));
        let bytes = one.encode().unwrap();
        assert_eq!(Record::parse(&one.firing.key(), &bytes).unwrap(), one);
        let wrong = Record::parse(&other.firing.key(), &bytes);
        assert!(matches!(wrong, Err(RecordError::Key)), "{wrong:?}");
        for length in [0, MAX_SCHEDULE + 1] {
            let error = record(&"s".repeat(length), 5).encode().unwrap_err();
            assert!(
                matches!(error, RecordError::Schedule(it) if it == length),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn keys_are_one_token_and_in_order_of_time(schedule in "\\PC{1,100}", one: u64, other: u64) {
            let (one, other) = (record(&schedule, one).firing, record(&schedule, other).firing);
            let key = one.key();
            prop_assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'));
            prop_assert_eq!(key.cmp(&other.key()), one.cmp(&other));
        }

        #[test]
        fn any_bytes_are_read_without_panic(key in "\\PC{0,20}", bytes: Vec<u8>) {
            let _ = Record::parse(&key, &bytes);
        }
    }
}
