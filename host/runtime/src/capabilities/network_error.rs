//! Errors of connections on their way to the guest.

use luminarys_network::NetworkError;

use crate::bindings::luminarys::skill::types::Error;
use crate::store::SkillStore;

impl SkillStore {
    /// Returns the error that a guest gets; a denial is logged.
    pub(crate) fn network_failed(&mut self, error: NetworkError) -> Error {
        let text = error.to_string();
        match error {
            NetworkError::Denied(denial) => self.denied(denial),
            NetworkError::Invalid(_) => Error::Invalid(text),
            NetworkError::NotFound(_) => Error::NotFound(text),
            NetworkError::Timeout(_) => Error::Timeout(text),
            NetworkError::TooLarge(_) => Error::TooLarge(text),
            NetworkError::Closed(_) => Error::Closed(text),
            NetworkError::Tls(_) | NetworkError::Io(_) => Error::Io(text),
        }
    }
}
