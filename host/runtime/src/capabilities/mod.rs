//! The host side of each WIT interface, a file (or folder) a name.

mod archive;
mod connections;
pub(crate) mod context;
pub(crate) mod events;
pub(crate) mod filesystem;
mod hosted;
pub(crate) mod http;
pub(crate) mod llm;
mod log;
pub(crate) mod log_rate;
mod network_error;
pub(crate) mod shell;
mod skills;
pub(crate) mod store;
mod system;
mod system_facts;
mod tcp;
mod timeout;
mod types;
mod websocket;
