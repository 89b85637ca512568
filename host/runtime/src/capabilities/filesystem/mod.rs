//! `filesystem`: the files beneath the granted directories, which are those of `luminarys-filesystem`.
//!
//! - `caller`: a call as files know it; `host`: the way to the guest

mod caller;
mod host;
mod state;

pub(crate) use caller::audited;
pub(crate) use host::{blocking, failed};
pub(crate) use state::FilesystemCapability;
