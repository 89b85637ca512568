//! The state of `skills`, and what its functions do.

use std::sync::Arc;

use luminarys_grants::Effect;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// Calls that one skill makes. Nothing is kept between calls.
pub(crate) struct SkillsCapability;

impl Capability for SkillsCapability {
    const NAME: &'static str = "skills";

    const OPERATIONS: &'static [Operation] = &[
        ("invoke", Rule::Callee),
        ("batch", Rule::Callee),
        // What is done when its time has come is not narrowed by this call.
        ("schedule", Rule::Effect(Effect::Both)),
        ("defer", Rule::Effect(Effect::Both)),
        ("unschedule", Rule::Effect(Effect::Change)),
        ("scheduled", Rule::Answer),
        ("callable-methods", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
