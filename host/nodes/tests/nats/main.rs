//! Nodes of a cluster with a real NATS server, which `scripts/nats-server` builds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../cluster/tests/nats/certificates.rs"]
mod certificates;
mod events;
mod kept;
mod node;
mod schedules;
#[path = "../../../cluster/tests/nats/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
