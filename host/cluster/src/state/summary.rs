//! Keeps the log of a namespace short: an entry with all that it holds replaces those before.

use luminarys_store::{Position, StoreDatabase};

use crate::state::blob;
use crate::state::entry::{Content, Entry, Kind, encode_changes};
use crate::state::error::StateError;
use crate::state::log::LogError;
use crate::state::replica::Replica;

impl Replica {
    /// Replaces the entries of the log by one with all that the namespace holds. Returns whether it did: somebody else may
    /// have written meanwhile.
    ///
    /// # Errors
    /// [`StateError`]; the namespace holds what it did.
    pub async fn summarise(&self) -> Result<bool, StateError> {
        let inner = &*self.0;
        let unavailable = |error: LogError| inner.unavailable(error.to_string());
        let mut turn = inner.turn.lock().await;
        inner.catch_up(&mut turn, None).await?;
        let at = inner.position().await?;
        let replaced = self.kept_apart(at).await?;
        let all = |store: &StoreDatabase, namespace: &str| {
            let mut all = Vec::new();
            store.each(namespace, "", None, &mut |key, value| {
                all.push((key.to_owned(), value.to_vec()));
                false
            })?;
            Ok(all)
        };
        let all = inner.blocking(all).await?;
        let pairs = all
            .iter()
            .map(|(key, value)| (key.as_str(), Some(value.as_slice())));
        let bytes = encode_changes(pairs).map_err(StateError::Change)?;
        let id = inner.new_id()?;
        let content = blob::keep(&*inner.log, id, &bytes)
            .await
            .map_err(unavailable)?;
        let entry = Entry {
            kind: Kind::Summary,
            id,
            previous: at.entry,
            content: content.clone(),
        };
        match inner.log.append(at.sequence, entry.encode(), true).await {
            Ok(sequence) => {
                turn.since_summary = 0;
                let to = Position {
                    sequence,
                    entry: id,
                };
                let follow = move |store: &StoreDatabase, namespace: &str| {
                    store.follow(namespace, at, to, &[])
                };
                inner.blocking(follow).await?;
            }
            Err(LogError::Conflict) => {
                blob::remove(&*inner.log, id, &content).await;
                return Ok(false);
            }
            // It may have been written: its parts must stay.
            Err(error) => return Err(unavailable(error)),
        }
        drop(turn);
        for (id, content) in replaced {
            blob::remove(&*inner.log, id, &content).await;
        }
        Ok(true)
    }

    /// Returns the content of the log up to `at` that is kept in parts.
    async fn kept_apart(&self, at: Position) -> Result<Vec<([u8; 16], Content)>, StateError> {
        let (mut found, mut sequence) = (Vec::new(), 0);
        while sequence < at.sequence {
            let next = self.0.log.next(sequence).await;
            let next = next.map_err(|error| self.0.unavailable(error.to_string()))?;
            let Some((next, bytes)) = next else { break };
            sequence = next;
            // What cannot be read stays.
            if let Ok(entry) = Entry::parse(&bytes)
                && matches!(entry.content, Content::Parts { .. })
                && sequence <= at.sequence
            {
                found.push((entry.id, entry.content));
            }
        }
        Ok(found)
    }
}
