//! The state of `log`, and its functions' effects.

use std::sync::Arc;

use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::log as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The log functions of one skill. Stateless between calls.
pub(crate) struct LogCapability;

impl Capability for LogCapability {
    const NAME: &'static str = "log";

    const OPERATIONS: &'static [Operation] = &[
        // The log belongs to the operator.
        ("message", Rule::Answer),
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
