//! The state of `system`, and what its functions do.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// What one skill sees of the machine. Nothing is kept between calls.
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
