//! `permissions.shell`: which commands, where, and with what.
//!
//! - `section`: the section of the manifest; `entry`: an entry of its list; `grants`: the decisions
//! - `capability`: its command-line words, a package's requirements, and the operator's questions

mod capability;
mod entry;
mod grants;
mod section;

#[cfg(test)]
pub(crate) use entry::{COMMAND, matching_command};
pub use grants::ShellGrants;
pub(crate) use section::RawShell;
pub use section::{ShellLimits, ShellSection};
