//! The state of `archive`, and its functions' effects.

use std::sync::Arc;

use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::archive as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The archive functions of one skill. Stateless between calls.
pub(crate) struct ArchiveCapability;

impl Capability for ArchiveCapability {
    const NAME: &'static str = "archive";

    const OPERATIONS: &'static [Operation] = &[
        ("pack", Rule::Path),
        ("unpack", Rule::Path),
        ("entries", Rule::Path),
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
