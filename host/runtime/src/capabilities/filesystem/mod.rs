//! `filesystem`: the files beneath the granted directories, by `luminarys-filesystem`.
//!
//! - `state`: the capability; `caller`: a call as the files know it; `host`: the way to the guest
//! - `resources`: what a guest holds, `setters`: of options

mod caller;
mod host;
mod resources;
mod setters;
mod state;

pub(crate) use caller::audited;
pub(crate) use host::{blocking, failed};
pub use resources::{GlobOptions, GrepOptions, ListOptions};
pub(crate) use state::FilesystemCapability;
