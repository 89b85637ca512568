//! The state of `llm`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;

use super::Budget;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};
use crate::model::LanguageModel;

/// The model and the budget of one skill.
pub(crate) struct LlmCapability {
    /// The host's model, for clients without one.
    pub model: Option<Arc<dyn LanguageModel>>,
    pub budget: Budget,
}

impl Capability for LlmCapability {
    const NAME: &'static str = "llm";

    const OPERATIONS: &'static [Operation] = &[
        // A completion changes nothing, although it costs money.
        ("complete", Rule::Effect(Effect::Reach)),
        ("check", Rule::Answer),
    ];

    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            model: host.model.cloned(),
            budget: Budget::new(&skill.id, host.state.clone()),
        }
    }
}
