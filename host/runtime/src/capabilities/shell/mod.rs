//! `shell`: commands without a shell.
//!
//! - `layers`: what this machine confines commands with, and whether that is enough
//! - `carved`: what is kept from commands in the directories that they are granted
//! - `environment`: what a command sees, and what it may read beside the grants; `scratch`: the directories of its own
//! - `run`: one command, checked and started; `output`: what is kept of what it says
//! - `daemons`: commands that go on; `own`: how others end them; `host`: the way to the guest

mod carved;
mod daemons;
mod environment;
mod host;
mod layers;
mod output;
mod own;
mod run;
mod scratch;
mod state;

pub use carved::Uncarvable;
pub(crate) use daemons::Daemons;
pub(crate) use scratch::Scratch;
pub(crate) use state::ShellCapability;
