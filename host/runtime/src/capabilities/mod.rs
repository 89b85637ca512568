//! The host side of each WIT interface, a file (or folder) a name.

mod archive;
pub(crate) mod connections;
pub(crate) mod context;
pub(crate) mod events;
pub(crate) mod filesystem;
pub(crate) mod hosted;
pub(crate) mod http;
pub(crate) mod llm;
mod log;
pub(crate) mod log_rate;
pub(crate) mod shell;
mod skills;
pub(crate) mod store;
mod system;
mod system_facts;
pub(crate) mod tcp;
mod types;
pub(crate) mod websocket;
