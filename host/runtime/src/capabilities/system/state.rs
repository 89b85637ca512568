//! The state of `system`, and its functions' effects.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The system functions of one skill. Stateless between calls.
pub(crate) struct SystemCapability;

impl Capability for SystemCapability {
    const NAME: &'static str = "system";

    const OPERATIONS: &'static [Operation] = &[
        ("info", Rule::Answer),
        ("time-now", Rule::Answer),
        ("disk-usage", Rule::Answer),
        ("env", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
