//! MCP on standard input and output. Nothing else is written there.

use std::time::Duration;

use futures::FutureExt as _;
use luminarys_orchestrator::Orchestrator;
use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::drain::Draining;
use crate::lines::{Lines, MessageLimits};
use crate::options::{ServeError, ToolOptions};
use crate::present::Results;
use crate::server::Server;

/// Once no call has run for this long after the end of input, no more responses are expected.
const LOST: Duration = Duration::from_secs(60);

/// Serves one client until it closes the input or `shutdown` is cancelled, and then answers its open requests:
/// each call ends at its deadline at the latest. Ends at once when the output is closed, and when `shutdown` is
/// cancelled after the input was closed. A message beyond `limits` is answered with an error.
///
/// # Errors
/// [`ServeError::Transport`] when the client does not speak MCP.
pub async fn serve_stdio(
    orchestrator: Orchestrator,
    tools: ToolOptions,
    limits: MessageLimits,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let unread = CancellationToken::new();
    cancel_when_unread(unread.clone());
    let (input, output) = rmcp::transport::stdio();
    let lines = Lines::new(input, output, limits);
    let ended = serve(orchestrator.clone(), tools, lines, shutdown, unread).await;
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
    let lines = Lines::new(input, output, limits);
    serve(
        orchestrator,
        tools,
        lines,
        shutdown,
        CancellationToken::new(),
    )
    .await
}

/// Waits until no call has run for `time`.
async fn idle_for(orchestrator: &Orchestrator, time: Duration) {
    let mut last = Instant::now();
    while last.elapsed() < time {
        tokio::time::sleep(time / 60).await;
        if orchestrator.has_calls() {
            last = Instant::now();
        }
    }
}

async fn serve<W: AsyncWrite + Send + Unpin + 'static>(
    orchestrator: Orchestrator,
    tools: ToolOptions,
    lines: Lines<W>,
    shutdown: CancellationToken,
    unread: CancellationToken,
) -> Result<(), ServeError> {
    let failed = |error: String| ServeError::Transport(error);
    let end = CancellationToken::new();
    let transport = Draining::new(lines, shutdown.clone(), end.clone());
    let closed = transport.closed();
    let (at_once, ended) = (end.clone(), end.clone());
    let calls = orchestrator.clone();
    tokio::spawn(ended.run_until_cancelled_owned(async move {
        let asked_twice = async {
            closed.cancelled().await;
            shutdown.cancelled().await;
        };
        let lost = async {
            tokio::select! {
                () = closed.cancelled() => {}
                () = shutdown.cancelled() => {}
            }
            idle_for(&calls, LOST).await;
        };
        tokio::select! {
            () = asked_twice => {}
            () = lost => {}
            () = unread.cancelled() => {}
        }
        at_once.cancel();
    }));
    let _end = end.clone().drop_guard();
    let server = Server::only(orchestrator, Results::new(tools), end.clone());
    server.ready().await;
    // Its type is nested too deeply for the compiler otherwise.
    let serving = server.serve_with_ct(transport, end).boxed();
    let running = match serving.await {
        Ok(running) => running,
        // No request is open before the handshake.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            return Ok(());
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    let ended = running.waiting().await;
    ended.map(drop).map_err(|error| failed(error.to_string()))
}

/// Cancels `unread` when the output is closed. The end of the input alone is not enough: the client may still wait
/// for responses.
#[cfg(unix)]
fn cancel_when_unread(unread: CancellationToken) {
    use rustix::event::{PollFd, PollFlags, poll};
    // A separate thread, since standard output (a pipe, a socket, a terminal) may not work with the reactor. It
    // waits until the process ends if the client stays.
    std::thread::spawn(move || {
        let output = std::io::stdout();
        let mut watched = [PollFd::new(&output, PollFlags::empty())];
        loop {
            match poll(&mut watched, None) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(count) if count > 0 => return unread.cancel(),
                _ => return,
            }
        }
    });
}

#[cfg(not(unix))]
fn cancel_when_unread(_: CancellationToken) {}
