//! Files on their way to other nodes and from them.
//!
//! - `outgoing`: a file that is sent; `incoming`: one that is received; `reachable`: what a directory holds for others
//! - `partial`: what was received so far, under a name of its own

mod incoming;
mod outgoing;
mod partial;
mod reachable;
#[cfg(test)]
mod replacing_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use luminarys_grants::{FilesystemGrants, Grants};

use crate::filesystem::Filesystem;

pub use incoming::Incoming;
pub use outgoing::Outgoing;
pub use reachable::Reachable;

impl Filesystem {
    /// Opens the files that a skill may exchange with other nodes.
    pub fn exchanged(directories: &FilesystemGrants) -> Self {
        let grants = Grants {
            filesystem: directories.clone(),
            ..Grants::default()
        };
        Self::new(Arc::new(grants), u64::MAX)
    }
}
