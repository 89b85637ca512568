//! The state of `system`, and its functions' effects.

use std::sync::Arc;

use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::system as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The system functions of one skill. Stateless between calls.
pub(crate) struct SystemCapability;

impl Capability for SystemCapability {
    const NAME: &'static str = "system";

    const OPERATIONS: &'static [Operation] = &[
        ("info", Rule::Answer),
        ("time-now", Rule::Answer),
        ("disk-usage", Rule::Answer),
        ("env", Rule::Answer),
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
