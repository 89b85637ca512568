//! `filesystem`: the files beneath the granted directories, by `luminarys-filesystem`.
//!
//! - `state`: the capability; `caller`: a call as the files know it; `host`: the way to the guest

mod caller;
mod host;
mod options;
mod state;

pub(crate) use caller::audited;
pub(crate) use host::{blocking, failed};
pub use options::{GlobOptions, GrepOptions, ListOptions};
pub(crate) use state::FilesystemCapability;
