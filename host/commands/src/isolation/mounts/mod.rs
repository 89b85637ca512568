//! The file system that a command sees: the system's directories, the granted ones, and a few private ones.
//!
//! - `plan`: what is at which path; `trace`: paths of the system and the links in them
//! - `apply`: mounts a plan; `arguments`: has `bwrap` mount it; `kept`: verifies what `bwrap` mounted
//! - `opened`: opens paths; `error`: how it fails

mod apply;
mod arguments;
mod error;
mod kept;
mod opened;
mod plan;
mod trace;

pub(crate) use apply::enter;
pub(crate) use arguments::arguments;
pub(crate) use kept::{Kept, kept};
pub(crate) use opened::change_directory;
pub(crate) use plan::{DEVICES, Plan, path_of};
