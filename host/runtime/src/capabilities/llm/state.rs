//! The state of `llm`, and what its functions do.

use std::sync::Arc;

use luminarys_grants::Effect;

use super::Budget;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};
use crate::model::LanguageModel;

/// The model that one skill may ask, and how much of it.
pub(crate) struct LlmCapability {
    /// The host's, where the client has none.
    pub model: Option<Arc<dyn LanguageModel>>,
    pub budget: Budget,
}

impl Capability for LlmCapability {
    const NAME: &'static str = "llm";

    const OPERATIONS: &'static [Operation] = &[
        // A model changes nothing, although its answer is paid for.
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
