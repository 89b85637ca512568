//! MCP clients: where each keeps the servers that it knows, how it writes them, and putting this host among them.
//!
//! - `client`: the clients; `entry`: a server in the words of each; `places`: the directories that their files are in
//! - `merge`: one server into a client's file, and nothing else of it

mod client;
mod entry;
mod merge;
mod places;

pub use client::{ALL, Client};
pub use entry::{NameError, Server, Transport, check_name};
pub use merge::{Merge, MergeError, Mergeable, Merged};
pub use places::{Places, System};
