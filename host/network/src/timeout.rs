//! How long connections wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::NetworkError;

/// A connection without traffic for so long is closed.
pub(crate) const IDLE: Duration = Duration::from_secs(300);

/// Runs `work` for at most `timeout`; `missing` says in the error what did not happen.
///
/// # Errors
/// [`NetworkError::Timeout`]
pub(crate) async fn within<T>(
    timeout: Duration,
    target: &str,
    missing: &str,
    work: impl Future<Output = T>,
) -> Result<T, NetworkError> {
    let done = tokio::time::timeout(timeout, work).await;
    done.map_err(|_| {
        let waited = timeout.as_millis();
        NetworkError::Timeout(format!("{target}: {missing} within {waited} ms").into())
    })
}

/// Rejects a connection that has had no traffic for too long: a kept instance may use it again much later.
///
/// # Errors
/// [`NetworkError::Closed`]
pub(crate) fn check_idle(target: &str, used: Instant) -> Result<(), NetworkError> {
    if used.elapsed() > IDLE {
        let seconds = IDLE.as_secs();
        let text = format!("{target}: closed after {seconds} s without traffic");
        return Err(NetworkError::Closed(text.into()));
    }
    Ok(())
}

/// Returns the error of a connection that the host reads and that had no traffic for too long.
pub(crate) fn idle(target: &str) -> NetworkError {
    let seconds = IDLE.as_secs();
    NetworkError::Timeout(format!("{target}: no data for {seconds} s").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_idle_connection_is_closed() {
        let now = Instant::now();
        let long_ago = now.checked_sub(IDLE + Duration::from_secs(1)).unwrap();
        assert!(check_idle("a.test:1", now).is_ok());
        let error = check_idle("a.test:1", long_ago).unwrap_err();
        assert!(matches!(error, NetworkError::Closed(_)), "{error}");
    }
}
