//! The file system that a command sees: the system's directories, those granted, and a few private places.
//!
//! - `plan`: what is where; `trace`: paths of the system and the links in them; `apply`: the mounts themselves;
//!   `arguments`: the same for `bwrap`, and `kept`: whether that is what came of it

mod apply;
mod arguments;
mod kept;
mod plan;
mod trace;

pub(crate) use apply::enter;
pub(crate) use arguments::arguments;
pub(crate) use kept::{Kept, kept};
pub(crate) use plan::{DEVICES, Plan, path_of};
