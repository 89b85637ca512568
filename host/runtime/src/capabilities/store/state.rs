//! The state of `store`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;

use super::places::Local;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};
use crate::shared_store::SharedStoreSlot;

/// The store of one skill.
pub(crate) struct StoreCapability {
    pub local: Arc<Local>,
    pub shared: SharedStoreSlot,
}

impl Capability for StoreCapability {
    const NAME: &'static str = "store";

    const OPERATIONS: &'static [Operation] = &[
        ("get", Rule::Answer),
        ("keys", Rule::Answer),
        ("pairs", Rule::Answer),
        ("used", Rule::Answer),
        ("set", Rule::Effect(Effect::Change)),
        ("delete", Rule::Effect(Effect::Change)),
        ("apply", Rule::Effect(Effect::Change)),
    ];

    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            local: Arc::new(Local {
                database: host.database.clone(),
                lane: skill.lane.clone(),
            }),
            shared: host.shared.clone(),
        }
    }
}
