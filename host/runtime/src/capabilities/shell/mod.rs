//! `shell`: commands without a shell, which `luminarys_commands` runs.
//!
//! - `host`: the functions of `shell.wit`; `authority`: what decides and opens for them; `convert`: between its types and
//!   the engine's

mod authority;
mod convert;
mod host;
mod state;

pub(crate) use state::ShellCapability;
