//! The state of `archive`, and its functions' effects.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The archive functions of one skill. Stateless between calls.
pub(crate) struct ArchiveCapability;

impl Capability for ArchiveCapability {
    const NAME: &'static str = "archive";

    const OPERATIONS: &'static [Operation] = &[
        ("pack", Rule::Path),
        ("unpack", Rule::Path),
        ("entries", Rule::Path),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
