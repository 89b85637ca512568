//! Namespaces of the store that all nodes share: each has a log, and each node a copy, which it brings up to date before it
//! answers. A change is appended only where nothing was appended meanwhile (compare-and-set); so all copies are the same, and a
//! change that is acknowledged is in the log.
//!
//! Nodes trust each other with these namespaces: each can write to all of them, and empty them. What is lost that way, or because
//! servers have lost it, is noticed: a copy that is ahead of its log, or belongs to another one, is an error.
//!
//! - `entry`: entries of the log; `log`: what is needed of a log; `blob`: content that is too large for an entry
//! - `replica`: a namespace as a node uses it; `copy`: how its copy follows the log; `sending`: changes on their way into the
//!   log; `summary`: keeps the log short; `error`: errors; `stream_log`: a log in JetStream

mod blob;
mod copy;
mod entry;
mod error;
mod log;
mod replica;
mod sending;
mod stream_log;
mod summary;

#[cfg(test)]
mod memory_log;
#[cfg(test)]
mod tests;

pub(crate) use entry::Entry;
pub use entry::{BlobId, EntryError, MAX_CONTENT};
pub use error::StateError;
pub use log::{Log, LogError};
pub use replica::Replica;
pub use sending::MAX_SHARED;
pub use stream_log::{SharedState, StreamLog};
