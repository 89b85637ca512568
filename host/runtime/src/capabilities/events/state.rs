//! The state of `events`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::events as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

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

    fn link<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> View<'_, Self>,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, Of<Self>>(linker, view)
    }
}
