//! Files from one node to another: in chunks, at the pace of the slower side, resumed where they were interrupted, and whole or
//! not at all.
//!
//! - `head`: what a transfer begins with, and its steps; `files`: what it needs of the file system
//! - `flow`: the bytes of a file; `client`: sends, fetches, lists; `serve`: serves those of others
//!
//! To put a file, the receiver says from which byte on it needs it; the sender sends the rest and the SHA-256 of the whole; the
//! receiver says that it is done. To get one, the sender says its size before.

mod client;
mod files;
mod flow;
mod head;
mod serve;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub use client::{MAX_LISTED, OpenWriting, Transfer, fetch_file, list_files, send_file};
pub use files::{Arrived, Files, Reading, Writing};
pub use flow::{OnProgress, TransferError};
pub(crate) use head::Step;
pub use head::{
    FileHead, FileHeadError, Listed, MAX_PATH, Operation, TransferFailure, TransferFailureKind,
    TransferId,
};
pub use serve::{MAX_TRANSFERS, serve_transfers};
