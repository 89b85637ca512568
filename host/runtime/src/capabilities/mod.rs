//! The host side of each WIT interface, a file (or folder) a name.

mod context;
mod events;
pub(crate) mod filesystem;
mod log;
pub(crate) mod log_rate;
mod skills;
mod system;
mod system_facts;
mod types;
