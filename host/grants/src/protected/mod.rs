//! What gives authority cannot be written by a skill: configuration, `.env`, manifests, packages, keys, certificates, the
//! data and cache directories, the audit log and the host's own program are closed to every skill, whatever is granted.
//!
//! - `place`: a place by its path, as the host names it; `trace`: the way to it, link by link
//! - `places`: all of them at one time, compared by device and inode (`file_id`)

mod file_id;
mod place;
mod places;
#[cfg(test)]
mod tests;
mod trace;

use std::sync::{Arc, PoisonError, RwLock};

pub use file_id::FileId;
pub use place::{AuthorityPlace, Protection};
pub use places::{Places, Rule};

/// The places that give authority. Clones share them: places that become known later, as manifests are read anew, are
/// protected from the skills that run already.
#[derive(Clone, Debug, Default)]
pub struct Protected(Arc<RwLock<Arc<Places>>>);

impl Protected {
    /// Looks for `places` on the disk and protects them from now on, and no others. Blocking.
    pub fn replace(&self, places: &[AuthorityPlace]) {
        self.set(Places::find(places));
    }

    /// Protects `found` from now on, and nothing else.
    pub fn set(&self, found: Places) {
        let found = Arc::new(found);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// The places as they were found last.
    pub fn now(&self) -> Arc<Places> {
        let places = self.0.read().unwrap_or_else(PoisonError::into_inner);
        places.clone()
    }
}
