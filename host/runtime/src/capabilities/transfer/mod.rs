//! `transfer`: files of other nodes, through the [`Cluster`](crate::Cluster).
//!
//! - `state`: the capability; `host`: the functions
//! - `policy`: what the manifest and this node's configuration decide; `files`: files on their way, on the skill's threads
//! - `exchange`: what other nodes ask of a skill

mod exchange;
mod files;
mod host;
mod policy;
mod state;

pub use exchange::{Asked, Exchange};
pub use files::{IncomingFile, IncomingPlace, OutgoingFile};
pub(crate) use state::TransferCapability;
