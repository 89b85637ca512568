//! What shared namespaces need of a log.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use thiserror::Error;

use crate::state::entry::BlobId;

/// A log does not do what it should.
#[derive(Debug, Error)]
pub enum LogError {
    /// The last entry is another than expected. Nothing was appended.
    #[error("somebody else has written meanwhile")]
    Conflict,
    /// The server cannot be reached, or has not answered. What was to be written may have been.
    #[error("the log cannot be used: {0}")]
    Unavailable(String),
}

/// The log of one namespace, and parts of what is too large for it.
pub trait Log: Send + Sync + 'static {
    /// Returns the first entry behind the sequence number `after`, and its own; none when there is none. It must see all
    /// entries that were acknowledged before.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn next(&self, after: u64) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>>;

    /// Returns the last entry, and its sequence number; none when there is none. It must see all entries that were acknowledged
    /// before.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn last(&self) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>>;

    /// Appends an entry if the last one has the sequence number `expected` (0: if there is none), and returns the new entry's.
    /// With `replaces`, all entries before it are removed in the same step.
    ///
    /// # Errors
    /// [`LogError`].
    fn append(
        &self,
        expected: u64,
        entry: Bytes,
        replaces: bool,
    ) -> BoxFuture<'_, Result<u64, LogError>>;

    /// Returns the size of the largest entry and part, in bytes.
    fn max_bytes(&self) -> usize;

    /// Keeps a part of a blob.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn put_part(
        &self,
        blob: BlobId,
        number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'_, Result<(), LogError>>;

    /// Returns a part of a blob; none when it was removed.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<Option<Bytes>, LogError>>;

    /// Returns how long there has been no connection to what keeps the log; none while there is one.
    fn lost_for(&self) -> Option<Duration> {
        None
    }

    /// Removes a part of a blob.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn remove_part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<(), LogError>>;
}
