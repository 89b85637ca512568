//! A log in memory, which several nodes of a test share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_cluster::{BlobId, Log, LogError};

/// A log in memory.
#[derive(Default)]
pub(crate) struct MemoryLog(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    entries: Vec<(u64, Bytes)>,
    parts: HashMap<(BlobId, u32), Bytes>,
    /// Whether the server cannot be reached.
    is_away: bool,
}

type Answer<'a, T> = BoxFuture<'a, Result<T, LogError>>;

impl MemoryLog {
    /// Sets whether the server can be reached.
    pub fn set_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        work: impl FnOnce(&mut Inner) -> Result<T, LogError>,
    ) -> Answer<'a, T> {
        let mut inner = self.lock();
        let answer = match inner.is_away {
            true => Err(LogError::Unavailable("away".to_owned())),
            false => work(&mut inner),
        };
        drop(inner);
        Box::pin(async { answer })
    }
}

impl Log for MemoryLog {
    fn next(&self, after: u64) -> Answer<'_, Option<(u64, Bytes)>> {
        self.answer(|inner| Ok(inner.entries.iter().find(|it| it.0 > after).cloned()))
    }

    fn last(&self) -> Answer<'_, Option<(u64, Bytes)>> {
        self.answer(|inner| Ok(inner.entries.last().cloned()))
    }

    fn append(&self, expected: u64, entry: Bytes, replaces: bool) -> Answer<'_, u64> {
        self.answer(|inner| {
            let last = inner.entries.last().map_or(0, |it| it.0);
            if last != expected {
                return Err(LogError::Conflict);
            }
            if replaces {
                inner.entries.clear();
            }
            inner.entries.push((last + 1, entry));
            Ok(last + 1)
        })
    }

    fn max_bytes(&self) -> usize {
        512 << 10
    }

    fn put_part(&self, blob: BlobId, number: u32, bytes: Bytes) -> Answer<'_, ()> {
        self.answer(|inner| {
            inner.parts.insert((blob, number), bytes);
            Ok(())
        })
    }

    fn part(&self, blob: BlobId, number: u32) -> Answer<'_, Option<Bytes>> {
        self.answer(|inner| Ok(inner.parts.get(&(blob, number)).cloned()))
    }

    fn remove_part(&self, blob: BlobId, number: u32) -> Answer<'_, ()> {
        self.answer(|inner| {
            inner.parts.remove(&(blob, number));
            Ok(())
        })
    }
}
