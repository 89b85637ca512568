//! Nodes over a real NATS server.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod certificates;
mod claims;
mod links;
mod members;
mod server;
mod state;
mod transfers;
mod trust;
