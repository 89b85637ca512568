//! `filesystem`: the files beneath the granted directories, through `luminarys-filesystem`.
//!
//! - `state`: the capability; `caller`: the adapter to a call's audit log and account; `host`: the functions
//! - `resources`: the guest's resources; `setters`: setters of options

mod caller;
mod host;
mod resources;
mod setters;
mod state;

pub(crate) use caller::audited;
pub(crate) use host::{blocking, failed};
pub use resources::{GlobOptions, GrepOptions, ListOptions};
pub(crate) use state::FilesystemCapability;
