//! A node's copy, and how it follows the log.

use std::sync::Arc;
use std::time::Duration;

use luminarys_store::{Position, StoreDatabase, StoreError};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::connection::patience;
use crate::state::blob;
use crate::state::entry::{Entry, Kind, parse_changes};
use crate::state::error::StateError;
use crate::state::log::{Log, LogError};

/// How long to try again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(20);

/// A node's copy, and the log that it follows.
pub(crate) struct Inner {
    pub store: StoreDatabase,
    /// The namespace of the store that holds the copy.
    pub namespace: String,
    pub log: Arc<dyn Log>,
    /// How many entries the log may have before it is summarised.
    pub most_entries: u32,
    pub turn: Mutex<Turn>,
}

/// What is done by one at a time.
#[derive(Default)]
pub(crate) struct Turn {
    /// How many entries were read since the last summary.
    pub since_summary: u32,
}

impl Inner {
    pub fn new_id(&self) -> Result<[u8; 16], StateError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| StateError::Unavailable {
            namespace: self.namespace.clone(),
            reason: format!("the system has no random numbers: {error}"),
        })?;
        Ok(id)
    }

    /// Does something with the database, which blocks.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StoreDatabase, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StateError> {
        let (store, namespace) = (self.store.clone(), self.namespace.clone());
        let done = tokio::task::spawn_blocking(move || work(&store, &namespace)).await;
        match done {
            Ok(done) => Ok(done?),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(self.unavailable(error.to_string())),
            },
        }
    }

    pub fn unavailable(&self, reason: String) -> StateError {
        StateError::Unavailable {
            namespace: self.namespace.clone(),
            reason,
        }
    }

    /// Waits before the next try, where one makes sense.
    pub async fn may_try_again(
        &self,
        error: StateError,
        begun: Instant,
        is_unsure: bool,
    ) -> Result<(), StateError> {
        match error {
            StateError::Unavailable { .. }
                if begun.elapsed() < patience(self.log.lost_for(), PATIENCE) =>
            {
                tokio::time::sleep(PAUSE).await;
                Ok(())
            }
            StateError::Unavailable { namespace, reason } if is_unsure => {
                Err(StateError::Unknown { namespace, reason })
            }
            error => Err(error),
        }
    }

    pub async fn position(&self) -> Result<Position, StateError> {
        self.blocking(StoreDatabase::position).await
    }

    /// Returns the sequence number of the log's last entry; 0 when there is none.
    ///
    /// # Errors
    /// [`StateError::Lost`] when the log ends before the copy, or where the copy does and with another entry.
    pub async fn end_of_log(&self, at: Position) -> Result<u64, StateError> {
        let last = self.log.last().await;
        let last = last.map_err(|error| self.unavailable(error.to_string()))?;
        let Some((sequence, bytes)) = last else {
            return match at.sequence {
                0 => Ok(0),
                _ => Err(self.lost(at, 0)),
            };
        };
        if sequence < at.sequence {
            return Err(self.lost(at, sequence));
        }
        if sequence == at.sequence {
            let entry = Entry::parse(&bytes);
            let entry = entry.map_err(|error| self.damaged(sequence, error.to_string()))?;
            if entry.id != at.entry {
                return Err(self.lost(at, sequence));
            }
        }
        Ok(sequence)
    }

    fn damaged(&self, sequence: u64, reason: String) -> StateError {
        StateError::Damaged {
            namespace: self.namespace.clone(),
            sequence,
            reason,
        }
    }

    fn lost(&self, at: Position, log: u64) -> StateError {
        StateError::Lost {
            namespace: self.namespace.clone(),
            copy: at.sequence,
            log,
        }
    }

    /// Makes all changes that are in the log and not yet in the copy. Returns the outcome of the entry `own`, if it was there.
    pub async fn catch_up(
        &self,
        turn: &mut Turn,
        own: Option<[u8; 16]>,
    ) -> Result<Option<Vec<bool>>, StateError> {
        let unavailable = |error: LogError| self.unavailable(error.to_string());
        let mut outcome = None;
        let mut at = self.position().await?;
        let end = self.end_of_log(at).await?;
        while at.sequence < end
            && let Some((sequence, bytes)) =
                self.log.next(at.sequence).await.map_err(unavailable)?
        {
            let damaged = |reason: String| self.damaged(sequence, reason);
            let entry = Entry::parse(&bytes).map_err(|error| damaged(error.to_string()))?;
            if entry.kind == Kind::Changes && entry.previous != at.entry {
                return Err(self.lost(at, sequence));
            }
            let content = blob::load(&*self.log, entry.id, &entry.content).await;
            let Some(content) = content.map_err(unavailable)? else {
                // A summary may have replaced the entry meanwhile, and its parts are gone with it.
                match self.log.next(at.sequence).await.map_err(unavailable)? {
                    Some((now, _)) if now != sequence => continue,
                    _ => return Err(damaged("a part of its content is missing".to_owned())),
                }
            };
            let changes = parse_changes(&content).map_err(|error| damaged(error.to_string()))?;
            let to = Position {
                sequence,
                entry: entry.id,
            };
            if entry.kind == Kind::Summary {
                turn.since_summary = 0;
                let replace = move |store: &StoreDatabase, namespace: &str| {
                    store.replace(namespace, to, &changes)
                };
                self.blocking(replace).await?;
            } else {
                turn.since_summary += 1;
                let follow = move |store: &StoreDatabase, namespace: &str| {
                    store.follow(namespace, at, to, &changes)
                };
                let applied = self.blocking(follow).await?;
                let applied = applied
                    .ok_or_else(|| damaged("something else has changed the copy".to_owned()))?;
                if own == Some(entry.id) {
                    outcome = Some(applied);
                }
            }
            at = to;
        }
        Ok(outcome)
    }
}
