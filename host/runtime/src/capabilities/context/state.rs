//! The state of `context`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use luminarys_store::StateStore;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The key-value state of one skill.
pub(crate) struct ContextCapability {
    pub state: StateStore,
}

impl Capability for ContextCapability {
    const NAME: &'static str = "context";

    const OPERATIONS: &'static [Operation] = &[
        ("get-call", Rule::Answer),
        ("deadline", Rule::Answer),
        ("time-left", Rule::Answer),
        ("cancelled", Rule::Answer),
        ("progress", Rule::Answer),
        ("set-text", Rule::Answer),
        ("append-text", Rule::Answer),
        ("abort", Rule::Answer),
        ("retire", Rule::Answer),
        ("instance-scope", Rule::Answer),
        ("get-state", Rule::Answer),
        ("set-state", Rule::Effect(Effect::Change)),
    ];

    fn new(_skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            state: host.state.clone(),
        }
    }
}
