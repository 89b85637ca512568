//! The names of luminarys-sdk 0.2, a file a capability. Sizes are signed, options are requests of which zero and the empty text
//! mean the default, and errors are texts; beneath are the functions of [`crate::skill`].

pub mod archive;
pub mod cluster;
pub mod commands;
mod connections;
pub mod entrypoint;
pub mod filesystem;
pub mod http;
mod json;
pub mod llm;
mod messagepack;
mod search;
pub mod shell;
pub mod state;
pub mod system;
pub mod tcp;
pub mod types;
mod values;
pub mod websocket;

/// All that a skill is written with.
pub mod prelude {
    pub use super::archive::*;
    pub use super::cluster::*;
    pub use super::commands::*;
    pub use super::entrypoint::*;
    pub use super::filesystem::*;
    pub use super::http::*;
    pub use super::llm::*;
    pub use super::shell::*;
    pub use super::state::*;
    pub use super::system::*;
    pub use super::tcp::*;
    pub use super::types::*;
    pub use super::websocket::*;
    pub use crate::context::Context;
}
