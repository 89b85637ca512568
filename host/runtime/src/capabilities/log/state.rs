//! The state of `log`, and its functions' effects.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The log functions of one skill. Stateless between calls.
pub(crate) struct LogCapability;

impl Capability for LogCapability {
    const NAME: &'static str = "log";

    const OPERATIONS: &'static [Operation] = &[
        // The log belongs to the operator.
        ("message", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
