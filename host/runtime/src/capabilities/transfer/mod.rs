//! `transfer`: files of other nodes, through the [`Cluster`](crate::Cluster).
//!
//! - `state`: the capability; `host`: the functions
//! - `node`: what this node's configuration allows; `policy`: what that and the manifest decide; `files`: files on their way, on the skill's threads
//! - `exchange`: what other nodes ask of a skill

mod exchange;
mod files;
mod host;
mod node;
mod policy;
mod state;

pub use exchange::{Asked, Exchange};
pub use files::{IncomingFile, IncomingPlace, OutgoingFile};
pub use node::NodePolicy;
pub(crate) use state::TransferCapability;
