//! The processes that stand between the host and a command: the host's own program, run once more.
//!
//! - `supervise`: the supervisor; `tree` and `cgroup`: what it counts; `ending`: how it ends everything
//! - `first`: the first process, in the command's namespaces; `bubblewrap`: the namespaces made by `bwrap`
//! - `spawn`: the command itself
//! - `probe`: what of this works on this machine

mod bubblewrap;
mod cgroup;
mod ending;
mod first;
mod probe;
mod spawn;
pub(crate) mod supervise;
mod tree;
