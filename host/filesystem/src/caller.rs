//! The call that uses files.

use std::error::Error;

use luminarys_grants::Denial;

/// A call that uses files: keeps a record of the decisions and pays for the answers.
pub trait Caller: Send + Sync {
    /// Records that the manifest's line `rule` allows the use of `path`, before anything is done there.
    ///
    /// # Errors
    /// A denial when the decision has to be recorded and cannot be.
    fn allowed(&self, path: &str, rule: &str) -> Result<(), Denial>;

    /// Charges an answer of `bytes` in all; less than was charged before changes nothing.
    ///
    /// # Errors
    /// The limit that leaves no room for the answer.
    fn charge(&self, bytes: u64) -> Result<(), Box<dyn Error + Send + Sync>>;
}
