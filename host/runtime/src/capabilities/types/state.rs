//! The state of `types`, and its functions' effects.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, SkillShared};

/// The types that all interfaces share. Stateless.
pub(crate) struct TypesCapability;

impl Capability for TypesCapability {
    const NAME: &'static str = "types";

    const OPERATIONS: &'static [Operation] = &[];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
