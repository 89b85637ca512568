//! Authenticates each request.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::{FutureExt as _, StreamExt as _};
use luminarys_orchestrator::ServingMetrics;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::rate::Bucket;
use super::refusal::Refusal;
use crate::connections::Connection;

/// The address of a request without a connection.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Refusals that are logged per minute; the others are only counted.
const LOGGED_A_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("it is not zero");

/// The state needed to admit requests.
#[derive(Clone)]
pub(crate) struct Door {
    gate: Gate,
    /// Counts refusals.
    metrics: ServingMetrics,
    lines: Arc<Bucket>,
}

impl Door {
    pub fn new(gate: Gate, metrics: ServingMetrics) -> Self {
        Self {
            gate,
            metrics,
            lines: Arc::new(Bucket::new(LOGGED_A_MINUTE, Instant::now())),
        }
    }

    fn refuse(&self, refusal: &Refusal, peer: IpAddr) -> Response {
        self.metrics.unauthorized(refusal.name());
        // Every OAuth client sends one request without a token first.
        if *refusal != Refusal::Missing && self.lines.take(Instant::now()).is_ok() {
            tracing::info!(%peer, "a request is refused: {refusal}");
        }
        self.gate.refuse(refusal)
    }
}

/// Refuses requests of clients that are not admitted, and attaches the [`crate::client::Client`] to the others, which
/// end when it is
/// no longer admitted.
pub(crate) async fn require(
    State(door): State<Door>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let peer = connection
        .as_ref()
        .map_or(NOWHERE, |connection| connection.peer);
    let client = match door.gate.admit(request.headers(), peer).await {
        Ok(client) => client,
        Err(refusal) => return door.refuse(&refusal, peer),
    };
    if let Some(connection) = connection {
        connection.admit();
    }
    // Nothing behind this layer needs the token, so nothing can leak it.
    request.headers_mut().remove(header::AUTHORIZATION);
    let revoked = client.access.revoked.clone();
    // A stream of notifications ends when its token expires; an admitted call has its own time limit.
    let expired = match request.method() == Method::GET {
        true => client.expired().left_future(),
        false => std::future::pending().right_future(),
    };
    request.extensions_mut().insert(client);
    let response = tokio::select! {
        response = next.run(request) => response,
        () = revoked.cancelled() => return door.refuse(&Refusal::Unknown, peer),
    };
    response.map(|body| {
        let parts = body.into_data_stream();
        let revoked = CancellationToken::clone(&revoked).cancelled_owned();
        let ended = async move {
            tokio::select! {
                () = revoked => {}
                () = expired => {}
            }
        };
        Body::from_stream(parts.take_until(Box::pin(ended)))
    })
}
