//! The state of `skills`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The calls of one skill to other skills. Stateless between calls.
pub(crate) struct SkillsCapability;

impl Capability for SkillsCapability {
    const NAME: &'static str = "skills";

    const OPERATIONS: &'static [Operation] = &[
        ("invoke", Rule::Callee),
        ("batch", Rule::Callee),
        // This call's narrowing does not apply to the scheduled call.
        ("schedule", Rule::Effect(Effect::Both)),
        ("defer", Rule::Effect(Effect::Both)),
        ("unschedule", Rule::Effect(Effect::Change)),
        ("scheduled", Rule::Answer),
        ("callable-methods", Rule::Answer),
        ("find", Rule::Answer),
        ("signatures", Rule::Answer),
        ("callable-skills", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
