//! Errors of shared namespaces.

use luminarys_store::StoreError;
use thiserror::Error;

use crate::state::entry::EntryError;

/// A shared namespace cannot be read or changed.
#[derive(Debug, Error)]
pub enum StateError {
    /// This node's database fails, or the namespace would hold too much. Nothing has changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key or a value cannot be kept. Nothing has changed.
    #[error("the change cannot be made: {0}")]
    Change(#[source] EntryError),
    /// The log cannot be reached. Nothing has changed.
    #[error("the shared namespace {namespace} cannot be reached: {reason}")]
    Unavailable {
        /// The namespace.
        namespace: String,
        /// The reason.
        reason: String,
    },
    /// It is not known whether the change was made.
    #[error(
        "it is not known whether the change to the shared namespace {namespace} was made: {reason}; read it before trying \
         again"
    )]
    Unknown {
        /// The namespace.
        namespace: String,
        /// The reason.
        reason: String,
    },
    /// The log is not the one that this node's copy was made from: acknowledged changes were lost.
    #[error(
        "the log of the shared namespace {namespace} is not the one of this node's copy, which goes to entry {copy} (the log: \
         {log}): changes that were acknowledged are lost; see the durability of the NATS servers, and forget the copies of all \
         nodes to go on with what the log has"
    )]
    Lost {
        /// The namespace.
        namespace: String,
        /// The sequence number of the last entry that the copy has.
        copy: u64,
        /// That of the last entry of the log.
        log: u64,
    },
    /// An entry of the log cannot be read.
    #[error("entry {sequence} of the log of the shared namespace {namespace} is damaged: {reason}")]
    Damaged {
        /// The namespace.
        namespace: String,
        /// Its sequence number.
        sequence: u64,
        /// What is wrong.
        reason: String,
    },
}
