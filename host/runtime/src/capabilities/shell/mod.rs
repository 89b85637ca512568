//! `shell`: runs commands without a shell, through `luminarys_commands`.
//!
//! - `host`: the functions of `shell.wit`; `authority`: decides and opens files for them; `convert`: conversions to the
//!   engine's types
//! - `resources`: the guest's resources; `setters`: setters of options

mod authority;
mod convert;
mod host;
mod resources;
mod setters;
mod state;

pub use resources::{Daemon, RunOptions, StartOptions};
pub(crate) use state::ShellCapability;
