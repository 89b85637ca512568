//! Places that give authority are closed to every skill, regardless of grants: configuration, `.env`, manifests,
//! packages, keys, certificates, the data and cache directories, the audit log and the host's own program.
//!
//! - `place`: a place by its path, as the host names it; `trace`: resolves the path, link by link
//! - `places`: a snapshot of all places, compared by device and inode (`file_id`)

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

/// The places that give authority. Clones share them: places that are added later, when manifests are reloaded, are
/// also protected from running skills.
#[derive(Clone, Debug, Default)]
pub struct Protected(Arc<RwLock<Arc<Places>>>);

impl Protected {
    /// Finds `places` on the disk and protects exactly these from now on. Blocking.
    pub fn replace(&self, places: &[AuthorityPlace]) {
        self.set(Places::find(places));
    }

    /// Protects exactly `found` from now on.
    pub fn set(&self, found: Places) {
        let found = Arc::new(found);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// Returns the places as last found.
    pub fn now(&self) -> Arc<Places> {
        let places = self.0.read().unwrap_or_else(PoisonError::into_inner);
        places.clone()
    }
}
