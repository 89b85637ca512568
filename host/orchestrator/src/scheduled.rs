//! What keeps scheduled calls, and what it keeps of them.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use luminarys_runtime::Schedule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The largest record of a scheduled call, in bytes: the capability limits arguments accordingly.
pub const MAX_SCHEDULED: u64 = 1 << 20;

/// A scheduled call, without its time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ScheduledCall {
    /// The method of the skill that scheduled it.
    pub method: String,
    /// Its arguments: a JSON object.
    pub arguments: Value,
}

/// Names a schedule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleName {
    due: u64,
    nonce: u64,
    skill: String,
}

impl ScheduleName {
    /// Names a new schedule of `skill` that is due at `due`, in milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The operating system's, when it has no random numbers.
    pub fn new(due: u64, skill: &str) -> io::Result<Self> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self {
            due,
            nonce: u64::from_le_bytes(nonce),
            skill: skill.to_owned(),
        })
    }

    #[cfg(test)]
    pub(crate) fn with_nonce(due: u64, nonce: u64, skill: &str) -> Self {
        Self {
            due,
            nonce,
            skill: skill.to_owned(),
        }
    }

    /// Returns when it is due, in milliseconds since 1970-01-01 UTC.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// Returns the instance id of the skill.
    pub fn skill(&self) -> &str {
        &self.skill
    }

    /// Returns its id, which is unique.
    pub fn id(&self) -> String {
        format!("{:020}-{:016x}", self.due, self.nonce)
    }

    /// Returns the schedule of `skill` with this id; none when it is not an id.
    pub fn parse(id: &str, skill: &str) -> Option<Self> {
        let (due, rest) = id.split_at_checked(20)?;
        let name = Self {
            due: due.parse().ok()?,
            nonce: u64::from_str_radix(rest.strip_prefix('-')?, 16).ok()?,
            skill: skill.to_owned(),
        };
        (name.id() == id).then_some(name)
    }
}

/// Schedules cannot be read or changed.
#[derive(Debug, Error)]
pub enum ScheduleError {
    /// As many calls of the skill wait as may.
    #[error("{0} calls are scheduled already")]
    Full(u64),
    /// The waiting calls of the skill would hold too much.
    #[error("{0}")]
    TooMuch(String),
    /// What keeps them cannot be reached. Nothing has changed.
    #[error("{0}")]
    Unavailable(String),
    /// They cannot be read or written, or it is not known whether the change was made; the text says so.
    #[error("schedules: {0}")]
    Broken(String),
}

impl From<io::Error> for ScheduleError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// What came of taking a schedule.
#[derive(Debug, PartialEq)]
pub enum Taken {
    /// The call is to be made, once.
    Call(ScheduledCall),
    /// Another host has it, or it was removed.
    Elsewhere,
    /// It is dropped without its call, for this reason.
    Dropped(String),
}

/// A call that a host took, and whose end it did not report before it was gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Abandoned {
    /// Its schedule.
    pub name: ScheduleName,
    /// The method that was called.
    pub method: String,
    /// The host that took it.
    pub node: String,
}

/// Keeps scheduled calls. All functions block.
pub trait ScheduleStore: Send + Sync {
    /// Lists the waiting calls of these skills, which this host runs, the earliest first. It may list those of others.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn waiting(&self, skills: &[String]) -> Result<Vec<ScheduleName>, ScheduleError>;

    /// Returns the waiting calls of one skill, the earliest first.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn of(&self, skill: &str) -> Result<Vec<Schedule>, ScheduleError>;

    /// Stores a call that is due at `due`, and returns its id. At most `most` calls of the skill may wait.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn add(
        &self,
        skill: &str,
        due: u64,
        call: &ScheduledCall,
        most: u64,
    ) -> Result<String, ScheduleError>;

    /// Removes the schedule `id` of `skill`, and returns whether it existed.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn remove(&self, skill: &str, id: &str) -> Result<bool, ScheduleError>;

    /// Takes a schedule to make its call.
    ///
    /// # Errors
    /// [`ScheduleError`]; the call must not be made then.
    fn take(&self, name: &ScheduleName) -> Result<Taken, ScheduleError>;

    /// Takes note that a call that was taken has ended, however it did.
    fn ended(&self, _name: &ScheduleName) {}

    /// Lists calls of these skills that were taken by hosts that are gone.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn abandoned(&self, _skills: &[String]) -> Result<Vec<Abandoned>, ScheduleError> {
        Ok(Vec::new())
    }

    /// Takes an abandoned call, to make it once more.
    ///
    /// # Errors
    /// [`ScheduleError`]; the call must not be made then.
    fn take_over(&self, _abandoned: &Abandoned) -> Result<Taken, ScheduleError> {
        Ok(Taken::Elsewhere)
    }

    /// Removes an abandoned call. Returns whether this host is the one to report it.
    ///
    /// # Errors
    /// [`ScheduleError`].
    fn give_up(&self, _abandoned: &Abandoned) -> Result<bool, ScheduleError> {
        Ok(false)
    }

    /// Returns how often to look for what other hosts have changed.
    fn interval(&self) -> Duration;
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn ids_are_read_back_and_nothing_else_is_one() {
        let name = ScheduleName::new(1_700_000_000_000, "a-b").unwrap();
        assert_eq!(ScheduleName::parse(&name.id(), "a-b"), Some(name.clone()));
        assert_ne!(ScheduleName::parse(&name.id(), "a"), Some(name));
        let rows = [
            "",
            "..",
            "/etc/passwd",
            "00000000000000000100-zz",
            "00000000000000000100-000000000000000A",
            "+0000000000000000100-000000000000000a",
            "00000000000000000100-000000000000000a-b",
        ];
        each_row(rows, |id| {
            assert_eq!(ScheduleName::parse(id, "a"), None, "{id}");
        });
    }
}
