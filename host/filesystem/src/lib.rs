//! The files that a skill may use: a [`Filesystem`] is plain, blocking code that resolves each path beneath the granted
//! directory handles, has the manifest decide on the true path, and only then touches what is there.
//!
//! Files that the host reads for itself are in `luminarys-files`.
//!
//! - `filesystem`: a [`Filesystem`] and its limits; `caller`: the call that uses it; `views`: what narrowed calls use
//! - `resolve`: from text to a `place`, links followed by hand; `guard`: what is closed to every skill; `ladder`: the
//!   handles on the way; `sys`: system calls
//! - `read`, `lines`, `list`, `write` (with `writer`), `tree`, `rename`: the functions of `filesystem.wit`
//! - `disk`: how full a disk is
//! - `transfer`: files on their way to other nodes and from them
//! - `relative`: the functions of `wasi:filesystem`
//! - `inventory`: a tree as archives need it
//! - `walk`: every name beneath a directory; `search`: `grep` and `glob` over it
//! - `model`: parameters and results; `error`: failures

mod caller;
mod disk;
mod error;
mod filesystem;
mod guard;
mod inventory;
mod ladder;
mod lines;
mod list;
mod model;
mod place;
mod read;
mod relative;
mod rename;
mod resolve;
mod search;
mod sys;
mod transfer;
mod tree;
mod views;
mod walk;
mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use caller::Caller;
pub use disk::DiskUsage;
pub use error::{Failure, FsError, FsErrorKind};
pub use filesystem::{Cancelled, Filesystem, is_beneath};
pub use inventory::{Item, ItemKind};
pub use model::{
    AllowedDir, Details, Entry, FileKind, FileMatch, GlobMatch, GlobOptions, GrepOptions,
    LineMatch, Lines, ListOptions, Page, Range,
};
pub use relative::{Follow, OpenOptions, Opened, Relative, time};
pub use transfer::{Incoming, Outgoing, Reachable};
pub use views::Views;
pub use writer::Writer;
