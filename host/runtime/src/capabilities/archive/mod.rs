//! `archive`: trees into one file and back, by `luminarys-archive`.
//!
//! - `state`: the capability; `host`: the way to the guest

mod host;
mod options;
mod state;

pub use options::ArchiveOptions;
pub(crate) use state::ArchiveCapability;
