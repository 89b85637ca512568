//! The state of `skills`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::skills as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

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
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }

    fn link<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> View<'_, Self>,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, Of<Self>>(linker, view)
    }
}
