//! MCP over streamable HTTP, with `/healthz` and `/metrics`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use luminarys_orchestrator::Orchestrator;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth::{Tokens, require};
use crate::connection::{Client, Watching, give_up};
use crate::options::{ServeError, ServerOptions};
use crate::server::Server;

/// How long calls in flight may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(10);

/// Serves clients until `shutdown` is cancelled: `/mcp` and `/metrics` for those with a token, `/healthz` for all.
///
/// # Errors
/// [`ServeError`] when other machines could reach it and no token is asked for, or the listener fails.
pub async fn serve_http(
    orchestrator: Orchestrator,
    options: ServerOptions,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let failed = |error: std::io::Error| ServeError::Transport(error.to_string());
    let address = listener.local_addr().map_err(failed)?;
    if options.tokens.is_empty() && !address.ip().is_loopback() {
        return Err(ServeError::NoToken(address));
    }
    if options.tokens.iter().any(|token| token.trim().is_empty()) {
        return Err(ServeError::EmptyToken);
    }
    let sessions = shutdown.child_token();
    let router = router(&orchestrator, &options, sessions.clone());
    let stopping = async move {
        shutdown.cancelled().await;
        orchestrator.shutdown(GRACE).await;
        // Streams that stay open for notifications end only when told.
        sessions.cancel();
    };
    let service = router.into_make_service_with_connect_info::<Client>();
    axum::serve(Watching(listener), service)
        .with_graceful_shutdown(stopping)
        .await
        .map_err(failed)
}

fn router(
    orchestrator: &Orchestrator,
    options: &ServerOptions,
    sessions: CancellationToken,
) -> Router {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    hosts.extend(options.allowed_hosts.iter().cloned());
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(hosts)
        .with_allowed_origins(options.allowed_origins.clone())
        .enforce_origin_validation()
        .with_max_request_body_bytes(options.max_request_bytes)
        .with_cancellation_token(sessions);
    let served = orchestrator.clone();
    let service = StreamableHttpService::new(
        move || Ok(Server::new(served.clone())),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    Router::new()
        .route_service("/mcp", service)
        .layer(from_fn(give_up))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(Tokens::new(&options.tokens), require))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(options.max_request_bytes))
        .with_state(orchestrator.clone())
}

async fn metrics(
    State(orchestrator): State<Orchestrator>,
) -> ([(&'static str, &'static str); 1], String) {
    (
        [(
            "content-type",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        orchestrator.metrics(),
    )
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use luminarys_orchestrator::Settings;
    use tower::ServiceExt as _;

    use super::*;

    const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

    async fn status(
        options: &ServerOptions,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> StatusCode {
        let orchestrator = Orchestrator::start(Settings::default(), |_| ())
            .await
            .unwrap();
        let mut request = Request::builder()
            .uri(path)
            .method(if body.is_empty() { "GET" } else { "POST" })
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        router(&orchestrator, options, CancellationToken::new())
            .oneshot(request)
            .await
            .unwrap()
            .status()
    }

    #[tokio::test]
    async fn who_may_speak() {
        let open = ServerOptions::default();
        let closed = ServerOptions {
            tokens: vec!["secret".into()],
            ..ServerOptions::default()
        };
        let small = ServerOptions {
            max_request_bytes: 10,
            ..ServerOptions::default()
        };
        let token = ("authorization", "Bearer secret");
        for (options, path, headers, body, expected) in [
            (&open, "/healthz", &[][..], "", 200),
            (&closed, "/healthz", &[], "", 200),
            (&open, "/metrics", &[], "", 200),
            (&closed, "/metrics", &[], "", 401),
            (&closed, "/metrics", &[token], "", 200),
            (&open, "/mcp", &[], INITIALIZE, 200),
            (&closed, "/mcp", &[], INITIALIZE, 401),
            (&closed, "/mcp", &[token], INITIALIZE, 200),
            (&open, "/mcp", &[("host", "evil.test")], INITIALIZE, 403),
            (
                &open,
                "/mcp",
                &[("origin", "http://evil.test")],
                INITIALIZE,
                403,
            ),
            (&small, "/mcp", &[], INITIALIZE, 413),
        ] {
            let found = status(options, path, headers, body).await;
            assert_eq!(found.as_u16(), expected, "{path} {headers:?}");
        }
    }

    #[tokio::test]
    async fn an_open_door_is_refused() {
        let orchestrator = Orchestrator::start(Settings::default(), |_| ())
            .await
            .unwrap();
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let served = serve_http(
            orchestrator,
            ServerOptions::default(),
            listener,
            CancellationToken::new(),
        )
        .await;
        assert!(matches!(served, Err(ServeError::NoToken(_))), "{served:?}");
    }
}
