//! The state of `types`, and what its functions do.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, SkillShared};

/// The types that all interfaces share. Nothing is kept between calls.
pub(crate) struct TypesCapability;

impl Capability for TypesCapability {
    const NAME: &'static str = "types";

    const OPERATIONS: &'static [Operation] = &[];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
