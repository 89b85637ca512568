//! A skill under other grants, and the end of what it did under its own.

use std::sync::Arc;

use luminarys_grants::Grants;

use super::Skill;
use crate::{Limits, LoadError};

impl Skill {
    /// Makes the skill anew with other grants and limits. Its code is used again; no instance, connection, daemon or
    /// directory of this one is.
    ///
    /// # Errors
    /// [`LoadError`] when this machine cannot keep the skill's commands to `grants`.
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

    /// Ends what outlives calls: the connections that the host reads for the skill, and its daemons. Instances that are kept
    /// end with the last clone of the skill. Calls are not ended: whoever made them cancels them.
    pub fn end(&self) {
        self.inner.shared.hosted.end();
        self.inner.capabilities.end();
    }
}
