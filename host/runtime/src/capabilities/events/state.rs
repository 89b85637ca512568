//! The state of `events`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The event functions of one skill. Stateless between calls.
pub(crate) struct EventsCapability;

impl Capability for EventsCapability {
    const NAME: &'static str = "events";

    const OPERATIONS: &'static [Operation] = &[
        // The subscribers' calls are not narrowed.
        ("emit", Rule::Effect(Effect::Both)),
        ("subscribe", Rule::Effect(Effect::Change)),
        ("unsubscribe", Rule::Effect(Effect::Change)),
        ("subscriptions", Rule::Answer),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }
}
