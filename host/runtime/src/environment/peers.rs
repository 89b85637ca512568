//! Calls to the other skills of the host.

use std::sync::Arc;

use super::Environment;
use crate::bindings::luminarys::skill::types::Error;
use crate::peers::{PeerError, Peers};

impl Environment {
    /// Returns the skills of the host.
    ///
    /// # Errors
    /// [`PeerError::Unavailable`] when the host offers none.
    pub fn peers(&self) -> Result<Arc<dyn Peers>, PeerError> {
        let peers = self.shared.peers.get();
        peers.ok_or_else(|| PeerError::Unavailable("this host offers no other skills".to_owned()))
    }

    /// Runs `work` with this skill's id on a blocking thread.
    ///
    /// # Errors
    /// The errors of [`Environment::peer_error`].
    pub async fn on_peers<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&dyn Peers, &str) -> Result<T, PeerError> + Send + 'static,
    ) -> Result<T, Error> {
        let result = match self.peers() {
            Ok(peers) => {
                let shared = self.shared.clone();
                let done = self
                    .shared
                    .lane
                    .run(move || work(&*peers, &shared.id))
                    .await;
                done.unwrap_or_else(|error| Err(PeerError::Broken(error.to_string())))
            }
            Err(error) => Err(error),
        };
        result.map_err(|error| self.peer_error(error))
    }

    /// Returns the error for the guest, and records a denial.
    pub fn peer_error(&mut self, error: PeerError) -> Error {
        match error {
            PeerError::Denied(denial) => self.denied(denial),
            PeerError::Unknown(text) => Error::NotFound(text),
            PeerError::Invalid(text) => Error::Invalid(text),
            PeerError::TooLarge(text) => Error::TooLarge(text),
            PeerError::Limit(text) => Error::LimitExceeded(text),
            PeerError::Timeout(text) => Error::Timeout(text),
            PeerError::Cancelled => Error::Closed(error.to_string()),
            PeerError::Unavailable(text) => Error::Unavailable(text),
            PeerError::Broken(text) | PeerError::Returned(text) => Error::Io(text),
        }
    }
}
