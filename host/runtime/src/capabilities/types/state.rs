//! The state of `types`, and its functions' effects.

use std::sync::Arc;

use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::types as wit;
use crate::environment::{Capability, Host, Of, Operation, SkillShared, View};

/// The types that all interfaces share. Stateless.
pub(crate) struct TypesCapability;

impl Capability for TypesCapability {
    const NAME: &'static str = "types";

    const OPERATIONS: &'static [Operation] = &[];

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
