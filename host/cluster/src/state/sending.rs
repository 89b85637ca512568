//! Changes of a shared namespace on their way into the log.

use bytes::Bytes;
use luminarys_store::{Change, Position, StoreDatabase};
use tokio::time::Instant;

use crate::state::blob;
use crate::state::copy::{Inner, PATIENCE, Turn};
use crate::state::entry::{Content, Entry, Kind, encode_changes};
use crate::state::error::StateError;
use crate::state::log::LogError;
use crate::state::replica::Replica;

/// How many bytes a shared namespace may hold at most, whatever its manifests allow.
pub const MAX_SHARED: u64 = 32 << 20;

/// What came of a try to change something.
enum Attempt {
    /// The outcome.
    Done(Option<Vec<bool>>),
    /// Somebody else has written meanwhile.
    Again,
}

/// A change on its way into the log.
struct Sending<'a> {
    id: [u8; 16],
    most: u64,
    expected: &'a [Change],
    changes: &'a [Change],
    bytes: Bytes,
    /// Where the bytes are kept, once they are.
    content: Option<Content>,
    /// Whether it may be in the log already.
    is_unsure: bool,
}

impl Replica {
    /// Makes all `changes` if each key of `expected` has the value given there (none: is absent). Returns for each change
    /// whether the key existed before it, or none when a key of `expected` has another value.
    ///
    /// # Errors
    /// [`StateError`]; nothing has changed, except where it says that this is not known.
    pub async fn apply(
        &self,
        most: u64,
        expected: &[Change],
        changes: &[Change],
    ) -> Result<Option<Vec<bool>>, StateError> {
        let refs = changes
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_deref()));
        let mut sending = Sending {
            id: self.0.new_id()?,
            most: most.min(MAX_SHARED),
            expected,
            changes,
            bytes: encode_changes(refs).map_err(StateError::Change)?,
            content: None,
            is_unsure: false,
        };
        let begun = Instant::now();
        let mut turn = self.0.turn.lock().await;
        let applied = loop {
            match self.0.try_to_send(&mut turn, &mut sending).await {
                Ok(Attempt::Done(applied)) => break applied,
                // Somebody else was faster, so that there is progress.
                Ok(Attempt::Again) if begun.elapsed() < PATIENCE => {}
                Ok(Attempt::Again) => {
                    let reason = "other nodes change it all the time; try again later";
                    return Err(self.0.unavailable(reason.to_owned()));
                }
                Err(error) => {
                    self.0
                        .may_try_again(error, begun, sending.is_unsure)
                        .await?;
                }
            }
        };
        if applied.is_none()
            && let Some(content) = &sending.content
        {
            blob::remove(&*self.0.log, sending.id, content).await;
        }
        let is_due = turn.since_summary >= self.0.most_entries;
        drop(turn);
        if is_due {
            let replica = self.clone();
            tokio::spawn(async move {
                if let Err(error) = replica.summarise().await {
                    tracing::warn!(%error, "the log of a shared namespace cannot be summarised");
                }
            });
        }
        Ok(applied)
    }
}

impl Inner {
    /// Tries once to get a change into the log, and to make it.
    async fn try_to_send(
        &self,
        turn: &mut Turn,
        sending: &mut Sending<'_>,
    ) -> Result<Attempt, StateError> {
        let before = self.position().await?;
        if let Some(applied) = self.catch_up(turn, Some(sending.id)).await? {
            return Ok(Attempt::Done(Some(applied)));
        }
        let at = self.position().await?;
        if at != before {
            // Another entry is where this one was to be; it is not in the log, and will not be.
            sending.is_unsure = false;
        }
        let (most, expected, changes) = (
            sending.most,
            sending.expected.to_vec(),
            sending.changes.to_vec(),
        );
        let rehearsal = move |store: &StoreDatabase, namespace: &str| {
            store.rehearse(namespace, most, &expected, &changes)
        };
        let Some(rehearsed) = self.blocking(rehearsal).await? else {
            return Ok(Attempt::Done(None));
        };
        if sending.changes.is_empty() {
            return Ok(Attempt::Done(Some(rehearsed)));
        }
        let unavailable = |error: LogError| self.unavailable(error.to_string());
        let content = match &sending.content {
            Some(content) => content.clone(),
            None => {
                let kept = blob::keep(&*self.log, sending.id, &sending.bytes).await;
                sending.content.insert(kept.map_err(unavailable)?).clone()
            }
        };
        let entry = Entry {
            kind: Kind::Changes,
            id: sending.id,
            previous: at.entry,
            content,
        };
        match self.log.append(at.sequence, entry.encode(), false).await {
            Ok(sequence) => {
                let to = Position {
                    sequence,
                    entry: sending.id,
                };
                turn.since_summary += 1;
                let changes = sending.changes.to_vec();
                let follow = move |store: &StoreDatabase, namespace: &str| {
                    store.follow(namespace, at, to, &changes)
                };
                Ok(Attempt::Done(self.blocking(follow).await?))
            }
            Err(LogError::Conflict) => {
                self.end_of_log(at).await?;
                Ok(Attempt::Again)
            }
            Err(error) => {
                sending.is_unsure = true;
                Err(unavailable(error))
            }
        }
    }
}
