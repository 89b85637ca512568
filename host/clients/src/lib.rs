//! MCP clients: their configuration files and formats, and adding this host to them.
//!
//! - `client`: the clients; `entry`: a server in each client's format; `places`: the directories of their files
//! - `merge`: merges one server into a client's file, and changes nothing else

mod client;
mod entry;
mod merge;
mod places;

pub use client::{ALL, Client};
pub use entry::{NameError, Server, Transport, check_name};
pub use merge::{Merge, MergeError, Mergeable, Merged};
pub use places::{Places, System};
