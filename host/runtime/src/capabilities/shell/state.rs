//! The state of `shell`, and what its functions do.

use std::sync::Arc;

use luminarys_grants::{Effect, Grants};
use wasmtime::component::Linker;

use super::{Daemons, Scratch, layers};
use crate::LoadError;
use crate::bindings::luminarys::skill::shell as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The commands of one skill.
pub(crate) struct ShellCapability {
    pub daemons: Daemons,
    pub scratch: Scratch,
}

impl Capability for ShellCapability {
    const NAME: &'static str = "shell";

    const OPERATIONS: &'static [Operation] = &[
        // Nobody knows what a command does.
        ("run", Rule::Effect(Effect::Both)),
        ("start", Rule::Effect(Effect::Both)),
        ("stop", Rule::Effect(Effect::Change)),
        ("daemons", Rule::Answer),
        ("output", Rule::Answer),
    ];

    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            daemons: Daemons::default(),
            scratch: Scratch::new(host.data_dir, &skill.id),
        }
    }

    fn link<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> View<'_, Self>,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, Of<Self>>(linker, view)
    }

    fn warnings(grants: &Grants) -> Result<Vec<String>, LoadError> {
        layers::warnings(grants)
    }

    fn confinement(grants: &Grants) -> Option<String> {
        layers::confinement(&grants.shell)
    }

    fn end(&self) {
        self.daemons.end();
    }
}
