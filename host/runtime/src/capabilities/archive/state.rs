//! The state of `archive`, and what its functions do.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// Archives of one skill. Nothing is kept between calls.
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
