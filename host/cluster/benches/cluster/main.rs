//! What the protocol between nodes costs: a call beside a request of `async-nats`, and a transfer beside messages of the
//! same size that are only published, each pair in turn and through one server. Needs `scripts/nats-server` first.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(
    dead_code,
    reason = "the server is that of the tests, which use more of it"
)]

mod calls;
#[path = "../../tests/nats/certificates.rs"]
mod certificates;
#[path = "../../tests/nats/server.rs"]
mod server;
mod transfers;

use server::Server;

#[tokio::main]
async fn main() {
    // Not beside the threads on which a host does its work.
    tokio::spawn(measure()).await.unwrap();
}

async fn measure() {
    let nodes = Server::start(&["a", "b"]);
    // Nodes may use only the subjects of their cluster.
    let plain = Server::start_with(tempfile::tempdir().unwrap(), "");
    let (a, b) = (nodes.links("a").await, nodes.links("b").await);
    calls::measure(&a, &b, &plain).await;
    transfers::measure(&a, &b, &plain).await;
}

/// Connects to a server that asks for no key.
async fn client(plain: &Server) -> async_nats::Client {
    async_nats::connect(plain.url()).await.unwrap()
}
