//! The state of `store`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use luminarys_store::StoreDatabase;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The store of one skill.
pub(crate) struct StoreCapability {
    pub database: StoreDatabase,
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

    fn new(_skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            database: host.database.clone(),
        }
    }
}
