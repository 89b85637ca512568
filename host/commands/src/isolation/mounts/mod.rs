//! The file system that a command sees: the system's directories, those granted, and a few private places.
//!
//! - `plan`: what is where; `trace`: paths of the system and the links in them; `apply`: the mounts themselves;
//!   `arguments`: the same for `bwrap`, and `kept`: whether that is what came of it;
//!   `opened`: places opened by their paths; `error`: what can go wrong

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
