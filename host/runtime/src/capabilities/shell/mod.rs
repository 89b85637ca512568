//! `shell`: commands without a shell, which `luminarys_commands` runs.
//!
//! - `host`: the functions of `shell.wit`; `authority`: what decides and opens for them; `convert`: between its types and
//!   the engine's
//! - `resources`: what a guest holds, `setters`: of options

mod authority;
mod convert;
mod host;
mod resources;
mod setters;
mod state;

pub use resources::{Daemon, RunOptions, StartOptions};
pub(crate) use state::ShellCapability;
