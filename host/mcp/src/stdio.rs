//! MCP on standard input and output. Nothing else is ever written there.

use std::time::Duration;

use luminarys_orchestrator::Orchestrator;
use rmcp::ServiceExt as _;
use tokio_util::sync::CancellationToken;

use crate::options::ServeError;
use crate::server::Server;

/// Serves one client until it closes the input or `shutdown` is cancelled.
///
/// # Errors
/// [`ServeError::Transport`] when the client does not speak MCP.
pub async fn serve_stdio(
    orchestrator: Orchestrator,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let failed = |error: String| ServeError::Transport(error);
    let serving =
        Server::new(orchestrator.clone()).serve_with_ct(rmcp::transport::stdio(), shutdown);
    let running = serving.await.map_err(|error| failed(error.to_string()))?;
    let ended = running.waiting().await;
    orchestrator.shutdown(Duration::ZERO).await;
    ended.map(drop).map_err(|error| failed(error.to_string()))
}
