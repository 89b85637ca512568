//! The state of `transfer`, and its functions' effects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use luminarys_grants::Effect;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The transfers of one skill.
#[derive(Default)]
pub(crate) struct TransferCapability {
    /// Set when the skill's grants are replaced: what other nodes send and fetch ends.
    pub ended: Arc<AtomicBool>,
}

impl Capability for TransferCapability {
    const NAME: &'static str = "transfer";

    const OPERATIONS: &'static [Operation] = &[
        ("nodes", Rule::Answer),
        ("send", Rule::Effect(Effect::Both)),
        ("receive", Rule::Effect(Effect::Both)),
        ("list", Rule::Effect(Effect::Reach)),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self::default()
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}
