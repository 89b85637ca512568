//! Files between skills of two hosts, over a real NATS server. Needs `scripts/nats-server` and `scripts/build-guests tools`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "of more tests than these")]
#[path = "../../../cluster/tests/nats/certificates.rs"]
mod certificates;
mod deciding;
mod moving;
mod node;
#[allow(dead_code, reason = "of more tests than these")]
#[path = "../../../cluster/tests/nats/server.rs"]
mod server;
