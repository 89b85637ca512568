//! MCP on standard input and output. Nothing else is ever written there.

use std::time::Duration;

use luminarys_orchestrator::Orchestrator;
use rmcp::ServiceExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::lines::{Lines, MessageLimits};
use crate::options::{ServeError, ToolOptions};
use crate::present::Results;
use crate::server::Server;

/// Serves one client until it closes the input or `shutdown` is cancelled. A message beyond `limits` is answered with an error.
///
/// # Errors
/// [`ServeError::Transport`] when the client does not speak MCP.
pub async fn serve_stdio(
    orchestrator: Orchestrator,
    tools: ToolOptions,
    limits: MessageLimits,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    stop_when_unread(shutdown.clone());
    let (input, output) = rmcp::transport::stdio();
    let ended = serve_stream(orchestrator.clone(), tools, input, output, limits, shutdown).await;
    orchestrator.shutdown(Duration::ZERO).await;
    ended
}

/// Serves one client whose messages, a line each, come from `input` until it ends; the answers go to `output`.
///
/// # Errors
/// As [`serve_stdio`].
pub async fn serve_stream(
    orchestrator: Orchestrator,
    tools: ToolOptions,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
    limits: MessageLimits,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let failed = |error: String| ServeError::Transport(error);
    let lines = Lines::new(input, output, limits);
    let server = Server::only(orchestrator, Results::new(tools), shutdown.clone());
    let serving = server.serve_with_ct(lines, shutdown);
    let running = serving.await.map_err(|error| failed(error.to_string()))?;
    let ended = running.waiting().await;
    ended.map(drop).map_err(|error| failed(error.to_string()))
}

/// Cancels `shutdown` when nobody is left to read the output. That the input has ended means less: its client may still
/// wait for answers, which rmcp gives a few seconds.
#[cfg(unix)]
fn stop_when_unread(shutdown: CancellationToken) {
    use rustix::event::{PollFd, PollFlags, poll};
    // A thread of its own, since what standard output is (a pipe, a socket, a terminal) may not suit the reactor. It
    // waits until the process ends when the client stays.
    std::thread::spawn(move || {
        let output = std::io::stdout();
        let mut watched = [PollFd::new(&output, PollFlags::empty())];
        loop {
            match poll(&mut watched, None) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(count) if count > 0 => return shutdown.cancel(),
                _ => return,
            }
        }
    });
}

#[cfg(not(unix))]
fn stop_when_unread(_: CancellationToken) {}
