//! WebSocket connections of a skill, to addresses that were checked like those of its requests.
//!
//! - `handshake`: the opening handshake; `close`: codes and reasons; `message`: what is sent and received
//! - `connection`: connecting, reading and writing; `serve`: a connection that the host reads; `failure`: how they fail

mod close;
mod connection;
mod failure;
mod handshake;
mod message;
mod serve;

pub use connection::{Connection, Options};
pub use message::Message;

#[cfg(test)]
mod tests;
