//! What open connections have in common, whatever goes over them.

use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::Resource;

use super::hosted::{Hosted, IDLE, Line};
use crate::bindings::luminarys::skill::types::Error;
use crate::network::NetworkError;
use crate::store::SkillStore;

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

impl SkillStore {
    /// Whether the instance may hold one more connection.
    ///
    /// # Errors
    /// `too-large`, naming the limit.
    pub(super) fn admit_connection(&self) -> Result<(), Error> {
        let limit = self.shared.limits.max_connections;
        if self.connections < limit {
            return Ok(());
        }
        let text = format!("{limit} connections are open, the skill's runtime.max_connections");
        Err(Error::TooLarge(text))
    }

    /// Hands a connection to the guest.
    ///
    /// # Errors
    /// `too-large` when there is no room for it.
    pub(super) fn keep_connection<T: Send + 'static>(
        &mut self,
        connection: T,
    ) -> Result<Resource<T>, Error> {
        self.admit_connection()?;
        let kept = self.table.push(connection);
        let kept = kept.map_err(|error| Error::TooLarge(error.to_string()))?;
        self.connections += 1;
        Ok(kept)
    }

    /// One that the guest holds.
    ///
    /// # Errors
    /// `closed` when there is none.
    pub(super) fn connection<T: Send + 'static>(
        &mut self,
        connection: &Resource<T>,
    ) -> Result<&mut T, Error> {
        let found = self.table.get_mut(connection);
        found.map_err(|error| Error::Closed(error.to_string()))
    }

    /// Takes a connection back and closes it.
    ///
    /// # Errors
    /// When the guest has no such connection, which traps.
    pub(super) fn release_connection<T: Send + 'static>(
        &mut self,
        connection: Resource<T>,
    ) -> wasmtime::Result<()> {
        drop(self.table.delete(connection)?);
        self.connections = self.connections.saturating_sub(1);
        Ok(())
    }

    /// Takes a connection from the guest, for the host to call `method` with what arrives.
    ///
    /// # Errors
    /// `not-found` when the skill has no such method, `closed` when it has no such connection, `too-large` when the host
    /// reads as many as it may.
    pub(super) async fn hand_over<T: Send + 'static>(
        &mut self,
        kind: &str,
        connection: Resource<T>,
        method: String,
    ) -> Result<(T, Line), Error> {
        let asked = method.clone();
        self.on_peers(move |peers, own| peers.has_method(own, &asked))
            .await?;
        let connection = self.table.delete(connection);
        let connection = connection.map_err(|error| Error::Closed(error.to_string()))?;
        self.connections = self.connections.saturating_sub(1);
        let trace = self.call.context.trace_id.clone();
        let line = Hosted::add(&self.shared, kind, method, trace);
        let line = line.map_err(|error| self.network_failed(error))?;
        Ok((connection, line))
    }
}
