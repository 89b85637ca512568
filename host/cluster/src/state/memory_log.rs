//! A log in memory, for tests, which fails when told to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::state::entry::BlobId;
use crate::state::log::{Log, LogError};

/// What happens to the next append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It takes place, and its confirmation is lost.
    Unconfirmed,
    /// It is lost.
    Lost,
    /// It takes place after the next call of something else.
    Delayed,
}

#[derive(Default)]
struct Inner {
    entries: Vec<(u64, Bytes)>,
    /// The last sequence number: others share the stream.
    last: u64,
    parts: HashMap<(BlobId, u32), Bytes>,
    fault: Option<Fault>,
    delayed: Vec<(u64, Bytes, bool)>,
}

/// A log in memory.
#[derive(Default)]
pub(crate) struct MemoryLog(Mutex<Inner>);

impl Inner {
    fn append(&mut self, expected: u64, entry: Bytes, replaces: bool) -> Result<u64, LogError> {
        let last = self.entries.last().map_or(0, |entry| entry.0);
        if last != expected {
            return Err(LogError::Conflict);
        }
        self.last += 1 + self.last % 3;
        if replaces {
            self.entries.clear();
        }
        self.entries.push((self.last, entry));
        Ok(self.last)
    }
}

impl MemoryLog {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.0.lock().unwrap();
        for (expected, entry, replaces) in std::mem::take(&mut inner.delayed) {
            let _ = inner.append(expected, entry, replaces);
        }
        inner
    }

    pub fn fail_next(&self, fault: Fault) {
        self.lock().fault = Some(fault);
    }

    pub fn entries(&self) -> usize {
        self.lock().entries.len()
    }

    pub fn parts(&self) -> usize {
        self.lock().parts.len()
    }

    /// Takes the place of another log, as a server with an empty disk does that others have written to since.
    pub fn become_another(&self, other: &Self) {
        let (entries, last) = {
            let other = other.lock();
            (other.entries.clone(), other.last)
        };
        let mut inner = self.lock();
        (inner.entries, inner.last) = (entries, last);
    }

    /// Removes the last entries, as servers do that lose power together.
    pub fn lose(&self, entries: usize) {
        let mut inner = self.lock();
        let rest = inner.entries.len() - entries;
        inner.entries.truncate(rest);
        inner.last = inner.entries.last().map_or(0, |entry| entry.0);
    }
}

impl Log for MemoryLog {
    fn next(&self, after: u64) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>> {
        let inner = self.lock();
        let next = inner.entries.iter().find(|entry| entry.0 > after).cloned();
        Box::pin(async { Ok(next) })
    }

    fn last(&self) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>> {
        let last = self.lock().entries.last().cloned();
        Box::pin(async move { Ok(last) })
    }

    fn append(
        &self,
        expected: u64,
        entry: Bytes,
        replaces: bool,
    ) -> BoxFuture<'_, Result<u64, LogError>> {
        assert!(entry.len() <= self.max_bytes());
        let mut inner = self.lock();
        let done = match inner.fault.take() {
            None => inner.append(expected, entry, replaces),
            Some(fault) => {
                match fault {
                    Fault::Unconfirmed => drop(inner.append(expected, entry, replaces)),
                    Fault::Lost => {}
                    Fault::Delayed => inner.delayed.push((expected, entry, replaces)),
                }
                Err(LogError::Unavailable(format!("{fault:?}")))
            }
        };
        Box::pin(async { done })
    }

    fn max_bytes(&self) -> usize {
        150
    }

    fn put_part(
        &self,
        blob: BlobId,
        number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'_, Result<(), LogError>> {
        assert!(bytes.len() <= self.max_bytes());
        self.lock().parts.insert((blob, number), bytes);
        Box::pin(async { Ok(()) })
    }

    fn part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<Option<Bytes>, LogError>> {
        let part = self.lock().parts.get(&(blob, number)).cloned();
        Box::pin(async { Ok(part) })
    }

    fn remove_part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<(), LogError>> {
        self.lock().parts.remove(&(blob, number));
        Box::pin(async { Ok(()) })
    }
}
