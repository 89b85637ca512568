//! MCP over streamable HTTP, with `/healthz`, `/readyz` and `/metrics`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use luminarys_orchestrator::Orchestrator;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::accept;
use crate::admit::{Admission, admit};
use crate::auth::Gate;
use crate::auth::metadata;
use crate::auth::oauth::options::WELL_KNOWN;
use crate::auth::require::{self, Door};
use crate::budget::{Budget, Charge};
use crate::certificates::Certificates;
use crate::client::Client;
use crate::connections::Connections;
use crate::endpoint::{self, Endpoint};
use crate::options::{ServeError, ServerOptions};
use crate::origin::{self, Names};
use crate::present::Results;
use crate::sessions::Sessions;
use crate::stream::give_up;
use crate::tls;

/// How long calls in flight may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(10);

/// The longest time between two checks for idle sessions.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// Serves clients until `shutdown` is cancelled: `/mcp` and `/metrics` for those that `gate` admits, `/healthz` and
/// `/readyz` for all.
///
/// # Errors
/// [`ServeError`] when the options cannot be used, or the listener fails.
pub async fn serve_http(
    orchestrator: Orchestrator,
    options: ServerOptions,
    gate: Gate,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let failed = |error: std::io::Error| ServeError::Transport(error.to_string());
    let address = listener.local_addr().map_err(failed)?;
    options.check(address)?;
    let certificates = match options.tls.clone() {
        Some(files) => {
            let loaded = spawn_blocking(|| Certificates::load(files)).await;
            Some(loaded.map_err(|error| failed(error.into()))??)
        }
        None => None,
    };
    let acceptor = match &certificates {
        Some(certificates) => {
            let config = tls::server_config(certificates.clone());
            let config = config.map_err(|error| ServeError::Transport(error.to_string()))?;
            Some(TlsAcceptor::from(Arc::new(config)))
        }
        None => None,
    };
    let mut limits = options.limits.clone();
    if let Some(fewer) = limits.fewer_connections() {
        tracing::info!("{fewer}");
        limits.max_connections = fewer.possible;
    }
    let connections = Connections::new(limits, orchestrator.serving_metrics());
    let end = shutdown.child_token();
    let stopping = async {
        shutdown.cancelled().await;
        orchestrator.shutdown(GRACE).await;
        // Streams for notifications stay open until they are told to end.
        end.cancel();
    };
    let sessions = Sessions::new(options.limits.clone(), orchestrator.clone());
    let router = router(&orchestrator, &options, &gate, &sessions, end.clone());
    tokio::select! {
        () = accept::serve(listener, acceptor, router, connections, stopping) => {}
        () = follow(&gate, &sessions, &orchestrator) => {}
        () = replace(certificates) => {}
        () = sweep(&sessions, options.limits.session_timeout) => {}
    }
    Ok(())
}

/// Ends the sessions of clients that are no longer admitted.
async fn follow(gate: &Gate, sessions: &Arc<Sessions>, orchestrator: &Orchestrator) {
    let mut changes = gate.changes();
    let mut table = changes.borrow_and_update().clone();
    loop {
        let preparing = gate.clone();
        // A failure is logged there.
        tokio::spawn(async move { drop(preparing.prepare().await) });
        if changes.changed().await.is_err() {
            // The configuration can no longer change; serving goes on.
            return std::future::pending().await;
        }
        let before = std::mem::replace(&mut table, changes.borrow_and_update().clone());
        let ended = sessions.end_revoked();
        if ended > 0 {
            tracing::info!("{ended} sessions end: their clients are no longer in `http.auth`");
        }
        for client in before.clients().filter(|client| client.is_revoked()) {
            // Without sessions, skills know the client by its name.
            orchestrator.session_ended(&client.name);
        }
    }
}

/// Loads new certificates when their files change.
async fn replace(certificates: Option<Arc<Certificates>>) {
    match certificates {
        Some(certificates) => certificates.follow().await,
        None => std::future::pending().await,
    }
}

/// Ends idle sessions.
async fn sweep(sessions: &Arc<Sessions>, timeout: Duration) {
    let pause = (timeout / 4).clamp(Duration::from_millis(50), SWEEP_INTERVAL);
    let mut ticks = tokio::time::interval(pause);
    loop {
        ticks.tick().await;
        sessions.sweep(Instant::now());
    }
}

fn router(
    orchestrator: &Orchestrator,
    options: &ServerOptions,
    gate: &Gate,
    sessions: &Arc<Sessions>,
    end: CancellationToken,
) -> Router {
    let metrics = orchestrator.serving_metrics();
    let endpoint = Arc::new(Endpoint {
        orchestrator: orchestrator.clone(),
        gate: gate.clone(),
        sessions: sessions.clone(),
        results: Results::new(options.tools.clone()),
        max_request_bytes: options.max_request_bytes,
        end,
    });
    let door = Door::new(gate.clone(), metrics.clone());
    let admission = Admission {
        budget: Budget::new(options.limits.clone(), metrics.clone()),
        limits: options.limits.clone(),
        max_request_bytes: options.max_request_bytes,
        metrics,
    };
    // Before the layers that require a token, which clients get with the help of it.
    let about = Router::new()
        .route(WELL_KNOWN, get(metadata::answer))
        .route(&format!("{WELL_KNOWN}/{{*path}}"), get(metadata::answer))
        .with_state(gate.clone());
    let names = Names::new(&options.allowed_hosts, &options.allowed_origins);
    Router::new()
        .route("/mcp", any(endpoint::answer).with_state(endpoint))
        .route("/metrics", get(self::metrics))
        .layer(from_fn_with_state(admission, admit))
        .layer(from_fn(give_up))
        .layer(from_fn_with_state(door, require::require))
        .merge(about)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readiness))
        .layer(origin::cors())
        .layer(from_fn_with_state(names, origin::require))
        .with_state(orchestrator.clone())
}

/// Tells whether every skill is loaded: until then its calls wait.
async fn readiness(State(orchestrator): State<Orchestrator>) -> Response {
    match orchestrator.unready() {
        0 => "ok\n".into_response(),
        1 => (StatusCode::SERVICE_UNAVAILABLE, "1 skill is being loaded\n").into_response(),
        count => {
            let text = format!("{count} skills are being loaded\n");
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn metrics(
    State(orchestrator): State<Orchestrator>,
    Extension(charge): Extension<Arc<Charge>>,
    Extension(client): Extension<Client>,
) -> Response {
    if !client.access.rule.metrics {
        let text = "Forbidden: this client may not read metrics; `metrics: true` in its entry of http.auth allows it\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let text = orchestrator.metrics();
    if let Err(exceeded) = charge.add(text.len()) {
        return exceeded.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use luminarys_orchestrator::Settings;
    use tower::ServiceExt as _;

    use luminarys_testing::each_row_async;

    use super::*;
    use crate::auth::{AuthOptions, Token};

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
        let sessions = Sessions::new(options.limits.clone(), orchestrator.clone());
        let gate = Gate::new(&options.auth).unwrap();
        let end = CancellationToken::new();
        router(&orchestrator, options, &gate, &sessions, end)
            .oneshot(request)
            .await
            .unwrap()
            .status()
    }

    #[tokio::test]
    async fn only_clients_with_a_token_are_admitted() {
        let open = ServerOptions::default();
        let mut closed = ServerOptions::default();
        closed.auth.tokens = vec![Token::new("secret").unwrap()];
        let small = ServerOptions {
            max_request_bytes: 10,
            ..ServerOptions::default()
        };
        let token = ("authorization", "Bearer secret");
        let rows = [
            (&open, "/healthz", &[][..], "", 200),
            (&closed, "/healthz", &[], "", 200),
            (&closed, "/readyz", &[], "", 200),
            (&closed, "/readyz", &[("host", "evil.test")], "", 403),
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
        ];
        each_row_async(rows, async |(options, path, headers, body, expected)| {
            let found = status(options, path, headers, body).await;
            assert_eq!(found.as_u16(), expected, "{path} {headers:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_public_address_without_tokens_is_refused() {
        let orchestrator = Orchestrator::start(Settings::default(), |_| ())
            .await
            .unwrap();
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let served = serve_http(
            orchestrator,
            ServerOptions::default(),
            Gate::new(&AuthOptions::default()).unwrap(),
            listener,
            CancellationToken::new(),
        )
        .await;
        assert!(matches!(served, Err(ServeError::NoToken(_))), "{served:?}");
    }
}
