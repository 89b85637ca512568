//! The state of `log`, and what its functions do.

use std::sync::Arc;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// Messages of one skill. Nothing is kept between calls.
pub(crate) struct LogCapability;

impl Capability for LogCapability {
    const NAME: &'static str = "log";

    const OPERATIONS: &'static [Operation] = &[
        // The log is the operator's.
        ("message", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
