//! The state of `shell`, and its functions' effects.

use std::sync::Arc;

use luminarys_commands::Commands;
use luminarys_grants::{Effect, Grants};

use crate::LoadError;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The commands of one skill.
pub(crate) struct ShellCapability {
    pub commands: Commands,
}

impl Capability for ShellCapability {
    const NAME: &'static str = "shell";

    const OPERATIONS: &'static [Operation] = &[
        // The effect of a command is unknown.
        ("run", Rule::Effect(Effect::Both)),
        ("start", Rule::Effect(Effect::Both)),
        ("daemons", Rule::Answer),
        ("daemon.find", Rule::Answer),
        ("daemon.info", Rule::Answer),
        ("daemon.output", Rule::Answer),
        ("daemon.stop", Rule::Effect(Effect::Change)),
    ];

    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            commands: Commands::new(
                skill.grants.clone(),
                &skill.id,
                host.data_dir,
                skill.limits.max_output_bytes,
            ),
        }
    }

    fn warnings(grants: &Grants) -> Result<Vec<String>, LoadError> {
        Ok(luminarys_commands::warnings(grants)?)
    }

    fn confinement(grants: &Grants) -> Option<String> {
        luminarys_commands::confinement(&grants.shell)
    }

    fn end(&self) {
        self.commands.end();
    }
}
