//! This host as a node of a cluster: what it offers, and the calls that it serves for other nodes.

use std::sync::Weak;

use luminarys_grants::Narrowing;
use luminarys_runtime::{CallContext, Charge, Exhausted, Holder, Outcome};
use tokio::sync::watch;

use crate::about::SkillAbout;
use crate::permit::{Target, permit};
use crate::remote::Remote;
use crate::tools::Params;
use crate::{InvokeError, Orchestrator, Origin};

/// A skill that runs here, as other nodes are told of it.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The instance id.
    pub id: String,
    /// The SHA-256 of its package.
    pub package: [u8; 32],
    /// Its description.
    pub about: SkillAbout,
}

impl Orchestrator {
    /// Sets the other nodes of the cluster, once.
    pub fn set_remote(&self, remote: Weak<dyn Remote>) {
        let _ = self.0.remote.set(remote);
    }

    /// Returns a counter of changes of the skills that run here.
    pub fn skills_changed(&self) -> watch::Receiver<u64> {
        self.0.skills_changed.subscribe()
    }

    /// Returns the skills that run here, in the order of the settings.
    pub fn offers(&self) -> Vec<Offered> {
        let registry = self.registry();
        let running = registry.entries().iter().filter_map(|entry| {
            let deployed = entry.deployed.as_ref()?;
            Some(Offered {
                id: entry.report.id.clone(),
                package: deployed.origin.package,
                about: SkillAbout::of(deployed),
            })
        });
        running.collect()
    }

    /// Returns how many calls run or wait for their skill.
    pub fn load(&self) -> usize {
        self.0.running.len()
    }

    /// Decides whether `origin` of another node may call a method that runs here. Returns how many bytes of arguments it may
    /// have, which are charged to the skill.
    ///
    /// # Errors
    /// The reason for a refusal.
    pub fn admit(
        &self,
        origin: &Origin,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
        arguments: u64,
    ) -> Result<Charge, InvokeError> {
        let decided = match permit(&self.registry(), origin, skill, method, narrowing) {
            _ if self.0.closing.is_cancelled() => Err(InvokeError::ShuttingDown),
            Ok(Target::Here(deployed)) => {
                let held = deployed.skill.hold(Holder::Arguments, arguments);
                held.map_err(|error| InvokeError::Call(error.into()))
            }
            Ok(Target::Elsewhere(_)) => Err(InvokeError::UnknownSkill(skill.to_owned())),
            Err(error) => Err(error),
        };
        decided.inspect_err(|error| self.refused(skill, method, error))
    }

    /// Calls a method that runs here for another node, with the text of a JSON object of arguments.
    ///
    /// # Errors
    /// As [`Orchestrator::invoke`]; [`InvokeError::UnknownSkill`] when the skill does not run here: a call is passed on once.
    pub async fn serve(
        &self,
        origin: &Origin,
        skill: &str,
        method: &str,
        arguments: String,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let registry = self.registry();
        if !matches!(registry.running(skill), Some(Target::Here(_))) {
            return Err(InvokeError::UnknownSkill(skill.to_owned()));
        }
        let arguments = Params::Text(arguments);
        self.call_method(registry, origin, skill, method, arguments, call)
            .await
    }

    /// Charges `bytes` that are held for another node.
    ///
    /// # Errors
    /// [`Exhausted`] when the host would hold more than its limit.
    pub fn charge(&self, bytes: u64) -> Result<Charge, Exhausted> {
        self.0.metrics.charge(bytes)
    }
}
