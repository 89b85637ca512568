//! Asks of each request who it comes from.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use luminarys_orchestrator::ServingMetrics;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::refusal::Refusal;
use crate::connections::Connection;

/// The address of a request that came by no connection.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What is needed to let requests in.
#[derive(Clone)]
pub(crate) struct Door {
    pub gate: Gate,
    /// Counts those that are refused.
    pub metrics: ServingMetrics,
}

/// Refuses requests of nobody who may speak, and attaches the [`crate::client::Client`] to the others, which end when it is
/// admitted no more.
pub(crate) async fn require(
    State(door): State<Door>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let peer = connection
        .as_ref()
        .map_or(NOWHERE, |connection| connection.peer);
    let client = match door.gate.admit(request.headers(), peer) {
        Ok(client) => client,
        Err(refusal) => {
            door.metrics.unauthorized(refusal.name());
            tracing::debug!(%peer, "a request is refused: {refusal}");
            return refusal.respond();
        }
    };
    if let Some(connection) = connection {
        connection.admit();
    }
    // Nothing behind this asks for the token, and so nothing can show it.
    request.headers_mut().remove(header::AUTHORIZATION);
    let revoked = client.access.revoked.clone();
    request.extensions_mut().insert(client);
    let response = tokio::select! {
        response = next.run(request) => response,
        () = revoked.cancelled() => return Refusal::Unknown.respond(),
    };
    response.map(|body| {
        let parts = body.into_data_stream();
        let revoked = CancellationToken::clone(&revoked);
        Body::from_stream(parts.take_until(revoked.cancelled_owned()))
    })
}
