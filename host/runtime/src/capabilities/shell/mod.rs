//! `shell`: commands without a shell, which `luminarys_commands` runs.
//!
//! - `host`: the functions of `shell.wit`; `options`: how they are told to; `authority`: what decides and opens for them; `convert`: between its types and
//!   the engine's

mod authority;
mod convert;
mod host;
mod options;
mod state;

pub use host::Daemon;
pub use options::{RunOptions, StartOptions};
pub(crate) use state::ShellCapability;
