//! `/mcp`: admitted JSON-RPC messages, and the streams that answer them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use luminarys_orchestrator::Orchestrator;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use crate::auth::Gate;
use crate::budget::Charge;
use crate::client::Client;
use crate::present::Results;
use crate::server::Server;
use crate::sessions::Sessions;
use crate::view::View;

/// The response for a session that the client does not have, in rmcp's words.
const NO_SESSION: &str = "Not Found: Session not found";

/// The state needed to answer.
pub(crate) struct Endpoint {
    pub orchestrator: Orchestrator,
    /// Reports changes of clients' rights.
    pub gate: Gate,
    pub sessions: Arc<Sessions>,
    pub results: Results,
    pub max_request_bytes: usize,
    /// Ends all streams and sessions.
    pub end: CancellationToken,
}

/// Answers an admitted request.
pub(crate) async fn answer(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let extensions = request.extensions();
    let client = extensions.get::<Client>().cloned();
    let charge = extensions.get::<Arc<Charge>>().cloned();
    let (Some(client), Some(charge)) = (client, charge) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let ends_session = request.method() == Method::DELETE;
    if ends_session
        && let Some(id) = session_id(request.headers())
        && endpoint.sessions.of(&client, id).is_none()
    {
        return (StatusCode::NOT_FOUND, NO_SESSION).into_response();
    }
    let end = endpoint.end.child_token();
    // Host and Origin were checked for all routes.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(endpoint.max_request_bytes)
        .with_cancellation_token(end.clone());
    let server = Server::new(
        endpoint.orchestrator.clone(),
        endpoint.results.clone(),
        endpoint.gate.clone(),
        client.clone(),
        end.clone(),
    );
    server.ready().await;
    let view = View {
        sessions: endpoint.sessions.clone(),
        client,
        charge,
        end,
    };
    let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::new(view), config);
    let mut response = service.handle(request).await.map(Body::new);
    // It has ended: clients treat "accepted" as a failure.
    if ends_session && response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}

fn session_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("mcp-session-id")?.to_str().ok()
}
