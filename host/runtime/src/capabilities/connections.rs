//! What open connections have in common, whatever goes over them.

use std::time::Duration;

use tokio::time::Instant;

use super::hosted::IDLE;
use crate::network::NetworkError;

const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait when so many milliseconds are asked for; none and 0 leave it to the host.
pub(crate) fn patience(asked: Option<u32>) -> Duration {
    let asked = asked.filter(|asked| *asked > 0);
    asked.map_or(DEFAULT_PATIENCE, |asked| {
        Duration::from_millis(asked.into())
    })
}

/// What `work` comes to; `late` says what did not happen in time.
///
/// # Errors
/// [`NetworkError::Timeout`]
pub(super) async fn within<T>(
    patience: Duration,
    target: &str,
    late: &str,
    work: impl Future<Output = T>,
) -> Result<T, NetworkError> {
    let done = tokio::time::timeout(patience, work).await;
    done.map_err(|_| {
        let waited = patience.as_millis();
        NetworkError::Timeout(format!("{target}: {late} within {waited} ms"))
    })
}

/// Refuses a connection that has been without traffic for too long: a kept instance may come back to it long after.
///
/// # Errors
/// [`NetworkError::Closed`]
pub(super) fn fresh(target: &str, used: Instant) -> Result<(), NetworkError> {
    if used.elapsed() > IDLE {
        let text = format!(
            "{target}: closed after {} s without traffic",
            IDLE.as_secs()
        );
        return Err(NetworkError::Closed(text));
    }
    Ok(())
}
