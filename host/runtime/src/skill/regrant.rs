//! Replaces a skill's grants, and ends what it started under the old ones.

use std::sync::Arc;

use luminarys_grants::Grants;

use super::Skill;
use crate::{Limits, LoadError};

impl Skill {
    /// Returns the skill with other grants and limits. It shares the code, but no instance, connection, daemon or
    /// directory.
    ///
    /// # Errors
    /// [`LoadError`] when this machine cannot confine the skill's commands to `grants`.
    pub fn with_grants(&self, grants: Arc<Grants>, limits: Limits) -> Result<Self, LoadError> {
        let loaded = &self.inner;
        Self::deploy(
            &loaded.runtime,
            self.id(),
            loaded.code.clone(),
            grants,
            limits,
        )
    }

    /// Ends everything that outlives calls: the connections that the host reads for the skill, and its daemons. Kept
    /// instances end with the last clone of the skill. Calls are not ended: their callers cancel them.
    pub fn end(&self) {
        self.inner.instances.end();
        self.inner.shared.hosted.end();
        self.inner.capabilities.end();
    }
}
