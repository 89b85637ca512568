//! This host as a node of a cluster: what it offers, and the calls that it serves for other nodes.

use std::sync::Weak;

use luminarys_grants::{Isolation, Narrowing};
use luminarys_package::Visibility;
use luminarys_runtime::{CallContext, Charge, Exhausted, Holder, Method, Outcome};
use tokio::sync::watch;

use crate::about::{MethodAbout, SkillAbout};
use crate::deployed::Deployed;
use crate::permit::permit;
use crate::remote::Remote;
use crate::target::Target;
use crate::tools::Params;
use crate::{InvokeError, Orchestrator, Origin, tools};

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
                about: about(deployed),
            })
        });
        running.collect()
    }

    /// Returns how many calls run or wait for their skill.
    pub fn load(&self) -> usize {
        self.0.running.len()
    }

    /// Decides whether `origin` of another node may call a method that runs here. Returns the charge
    /// of its arguments to the skill, which has nothing yet.
    ///
    /// # Errors
    /// The reason for a refusal.
    pub fn admit(
        &self,
        origin: &Origin,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
    ) -> Result<Charge, InvokeError> {
        let decided = match permit(&self.registry(), origin, skill, method, narrowing) {
            _ if self.0.closing.is_cancelled() => Err(InvokeError::ShuttingDown),
            Ok(Target::Here(deployed)) => {
                let held = deployed.skill.hold(Holder::Arguments, 0);
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

/// Describes a skill that runs here. Callbacks and methods that cannot be called are left out.
fn about(deployed: &Deployed) -> SkillAbout {
    let descriptor = deployed.skill.descriptor();
    let methods =
        deployed.skill.methods().iter().filter(|method| {
            method.visibility != Visibility::Callback && method.unavailable.is_none()
        });
    let about = |method: &Method| MethodAbout {
        name: method.name.clone(),
        title: method.title.clone(),
        description: method.description.clone(),
        visibility: method.visibility,
        exposed: tools::exposed(method, &deployed.section),
        effects: method.effects,
        narrowing: method.narrowing,
        input_schema: method.input_schema.clone(),
        output_schema: method.output_schema.clone(),
    };
    SkillAbout {
        package: descriptor.id.clone(),
        version: descriptor.skill_version.to_string(),
        description: deployed.description.clone(),
        can_be_invoked_by: deployed.invoke_grants().callers().to_vec(),
        mapping: deployed.section.mapping,
        tools: deployed.section.name.clone(),
        keeps_sessions: deployed.skill.isolation() == Isolation::Session,
        methods: methods.map(about).collect(),
    }
}
