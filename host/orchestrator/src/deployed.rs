//! A skill that serves calls: its sources, its grants, and its end.

use std::sync::{Arc, OnceLock};

use luminarys_grants::{Grants, InvokeGrants, McpSection};
use luminarys_package::{PublicKey, Trust};
use luminarys_runtime::{LoadError, Method, Skill};
use tokio_util::sync::CancellationToken;

use crate::files::{ReadManifest, Seen};
use crate::listed::Listed;
use crate::readiness::Readiness;
use crate::source::Source;

/// A skill that serves calls.
pub(crate) struct Deployed {
    pub skill: Skill,
    pub section: McpSection,
    /// The description from the manifest, or else from the package.
    pub description: String,
    /// The signer's key.
    pub signer: Option<PublicKey>,
    pub origin: Origin,
    /// Whether its code is compiled, so that it can be called.
    pub readiness: Arc<Readiness>,
    listed: OnceLock<Vec<Listed>>,
    /// Cancelled when its grants are revoked: running calls end, and waiting ones do not start.
    ended: CancellationToken,
}

/// Everything that a deployed skill was made from: the skill is kept unchanged while this is the same.
#[derive(Clone, PartialEq)]
pub(crate) struct Origin {
    pub manifest: Arc<ReadManifest>,
    pub source: Source,
    /// The hash of the package.
    pub package: [u8; 32],
    pub certificates: Vec<Seen>,
    pub host: HostSettings,
}

/// The host's settings that a deployed skill depends on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct HostSettings {
    pub memory_limit_mb: Option<u64>,
    /// The number of the runtime.
    pub generation: u64,
}

impl Deployed {
    /// Deploys `skill`, which was made from `origin`; calls wait until its code is compiled.
    pub fn new(
        skill: Skill,
        signer: Option<PublicKey>,
        package_description: &str,
        origin: Origin,
    ) -> Self {
        let manifest = &origin.manifest.manifest;
        let words = manifest.description.as_deref();
        let words = words.filter(|text| !text.trim().is_empty());
        Self {
            section: manifest.mcp.clone(),
            description: words.unwrap_or(package_description).to_owned(),
            skill,
            signer,
            origin,
            readiness: Arc::default(),
            listed: OnceLock::new(),
            ended: CancellationToken::new(),
        }
    }

    pub fn invoke_grants(&self) -> &InvokeGrants {
        &self.skill.grants().invoke
    }

    pub fn method(&self, name: &str) -> Option<&Method> {
        let mut methods = self.skill.methods().iter();
        methods.find(|method| method.name == name)
    }

    /// Returns what other skills may know of its methods.
    pub fn listed(&self) -> &[Listed] {
        let all = || Listed::all(self.skill.id(), self.skill.methods());
        self.listed.get_or_init(all)
    }

    /// Whether `trust` still includes its signer.
    pub fn is_trusted(&self, trust: &Trust) -> bool {
        match trust {
            Trust::Any => true,
            Trust::Keys(keys) => self.signer.as_ref().is_some_and(|it| keys.contains(it)),
        }
    }

    /// Deploys the same package again with the `grants` and `limits` of `origin`. The code is shared, compiled or
    /// not yet; nothing else is.
    ///
    /// # Errors
    /// [`LoadError`] if this machine cannot confine the skill's commands to `grants`.
    pub fn regranted(&self, grants: Arc<Grants>, origin: Origin) -> Result<Self, LoadError> {
        let descriptor = self.skill.descriptor();
        let section = &origin.manifest.manifest.runtime;
        let ceiling = origin.host.memory_limit_mb;
        let limits = luminarys_runtime::Limits::new(section, ceiling, descriptor.abi);
        let skill = self.skill.with_grants(grants, limits)?;
        let description = &descriptor.description;
        Ok(Self {
            readiness: self.readiness.clone(),
            ..Self::new(skill, self.signer.clone(), description, origin)
        })
    }

    /// Deploys it again unchanged, after it was ended.
    ///
    /// # Errors
    /// As [`Deployed::regranted`].
    pub fn afresh(&self) -> Result<Self, LoadError> {
        self.regranted(self.skill.grants().clone(), self.origin.clone())
    }

    /// Whether calls that `older` serves may finish when this replaces it: nothing that the manifest allows the skill
    /// to do or use has changed, and no variable of its environment was taken away or has another value. Calls that
    /// wait for its code finish only if this has the same code, since the other is no longer compiled.
    pub fn lets_finish(&self, older: &Self) -> bool {
        if !older.readiness.is_ready() && !Arc::ptr_eq(&self.readiness, &older.readiness) {
            return false;
        }
        let (new, old) = (&self.origin, &older.origin);
        let (ours, theirs) = (&new.manifest.manifest, &old.manifest.manifest);
        let mut variables = theirs.env.iter();
        ours.id == theirs.id
            && ours.permissions == theirs.permissions
            && ours.invoke_policy == theirs.invoke_policy
            && ours.runtime == theirs.runtime
            && new.host.memory_limit_mb == old.host.memory_limit_mb
            && new.certificates == old.certificates
            && variables.all(|(name, value)| ours.env.get(name) == Some(value))
    }

    /// Ends everything that it does: calls, connections that the host reads for it, daemons, and waiting events.
    pub fn end(&self) {
        self.ended.cancel();
        self.skill.end();
    }

    /// Returns the token that is cancelled when its grants are revoked.
    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }
}
