//! From package to callable methods.
//!
//! - `code`: what the skills of one package share; `target`: how a method is reached; `calls`: calling it
//! - `regrant`: the same package under other grants

use std::sync::Arc;

use luminarys_blocking::Lane;
use luminarys_filesystem::{Filesystem, Views};
use luminarys_grants::{Grants, Isolation, Narrowing};
use luminarys_network::hosted::Hosted;
use luminarys_package::{Descriptor, Effects, Package, Visibility};
use serde_json::Value;
use wasmtime::component::types::ComponentFunc;

use crate::capabilities::Capabilities;
use crate::engine::Inner;
use crate::environment::{Host, SkillShared};
use crate::imports;
use crate::instances::Instances;
use crate::values::{Form, NamedForm};
use crate::{Limits, LoadError};

mod calls;
mod code;
mod regrant;
mod target;

use code::Code;
pub(crate) use code::Codes;
use target::Target;

/// One method of a skill.
#[derive(Clone, Debug)]
pub struct Method {
    /// snake_case name.
    pub name: String,
    /// For people and models.
    pub description: String,
    /// What people see in place of the name.
    pub title: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// What is to be expected of its calls, of skills with these grants.
    pub effects: Effects,
    /// How far the grants are narrowed for its calls.
    pub narrowing: Narrowing,
    /// JSON Schema (2020-12) of the arguments, an object.
    pub input_schema: Value,
    /// What each parameter is given as.
    pub forms: Vec<NamedForm>,
    /// JSON Schema of the result; none when the method returns nothing or its type is not known.
    pub output_schema: Option<Value>,
    /// Why it cannot be called, when it cannot.
    pub unavailable: Option<String>,
    /// Why clients cannot be offered it: some would refuse all tools beside it.
    pub unfit: Option<String>,
}

impl Method {
    /// What the parameter of this name is given as; none where there is none.
    pub fn form(&self, parameter: &str) -> Option<&Form> {
        let mut forms = self.forms.iter();
        forms
            .find(|known| known.name == parameter)
            .map(|known| &known.form)
    }
}

struct Loaded {
    /// As of the package, and of the grants.
    methods: Vec<Method>,
    warnings: Vec<String>,
    shared: Arc<SkillShared>,
    capabilities: Arc<Capabilities>,
    instances: Instances,
    /// Shared with other skills of the same package.
    code: Arc<Code>,
    runtime: Arc<Inner>,
}

/// A deployed skill. Cheap to clone.
#[derive(Clone)]
pub struct Skill {
    inner: Arc<Loaded>,
}

impl Skill {
    pub(crate) fn new(
        runtime: &Arc<Inner>,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        let code = runtime.codes.of(runtime, package)?;
        Self::deploy(runtime, id, code, grants, limits)
    }

    /// Gives a package grants and limits.
    fn deploy(
        runtime: &Arc<Inner>,
        id: &str,
        code: Arc<Code>,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        let mut warnings = Capabilities::warnings(&grants)?;
        warnings.extend(luminarys_audit::unprotected(&grants));
        warnings.extend(runtime.network.warnings(&grants));
        let mut methods = code.methods.clone();
        let reaches_out = grants.reaches_out();
        for method in &mut methods {
            method.effects.open_world &= reaches_out;
        }
        warnings.extend(methods.iter().filter_map(|method| {
            let reason = method.unavailable.as_ref()?;
            Some(format!("method {} is unavailable: {reason}", method.name))
        }));
        let engine = &runtime.engine;
        let accounts = &runtime.accounts;
        let network = runtime.network.of_skill();
        let shared = Arc::new(SkillShared {
            id: id.to_owned(),
            accounts: accounts.skill(id, limits.max_held_bytes, limits.max_live_memory),
            board: runtime.board.clone(),
            filesystem: Views::new(Filesystem::new(grants.clone(), limits.max_output_bytes)),
            network,
            hosted: Hosted::default(),
            lane: Lane::of_skill(limits.max_blocking),
            grants,
            limits,
            log: runtime.skill_log,
            log_rate: Default::default(),
            peers: runtime.peers.clone(),
            audit: runtime.audit.clone(),
        });
        let host = Host {
            state: &runtime.state,
            database: &runtime.store,
            data_dir: runtime.data_dir.as_deref(),
            model: runtime.model.as_ref(),
        };
        let capabilities = Arc::new(Capabilities::new(&shared, &host));
        let instances = Instances::new(engine, shared.clone(), capabilities.clone());
        Ok(Self {
            inner: Arc::new(Loaded {
                methods,
                warnings,
                shared,
                capabilities,
                instances,
                code,
                runtime: runtime.clone(),
            }),
        })
    }

    /// Compiles the code, or takes it from the cache: until then the skill cannot be called. Blocking, for seconds when the
    /// package is large.
    ///
    /// # Errors
    /// [`LoadError`] when the code is not valid.
    pub fn compile(&self) -> Result<(), LoadError> {
        self.inner.code.compile(&self.inner.runtime).map(drop)
    }

    /// The methods, in the descriptor's order.
    pub fn methods(&self) -> &[Method] {
        &self.inner.methods
    }

    /// Drops the instance kept for a session; a call that runs on it finishes.
    pub fn session_ended(&self, session_id: &str) {
        self.inner.instances.session_ended(session_id);
    }

    /// The interfaces of other skills that it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        let imported = self.inner.code.imported.iter();
        imported.map(|one| one.interface.as_str())
    }

    /// Whether it exports anything of `interface`.
    pub fn exports(&self, interface: &str) -> bool {
        let mut exports = self.inner.code.targets.iter();
        exports.any(|target| match target {
            Target::Typed { export, .. } => {
                let parts = export.split_once('#');
                parts.is_some_and(|(of, _)| of == interface)
            }
            _ => false,
        })
    }

    /// The method that a function of an exported interface is.
    pub fn method_of(&self, interface: &str, function: &str) -> Option<&str> {
        self.exported(interface, function)
            .map(|(position, _)| self.inner.methods[position].name.as_str())
    }

    fn exported(&self, interface: &str, function: &str) -> Option<(usize, &ComponentFunc)> {
        let wanted = Some((interface, function));
        let mut targets = self.inner.code.targets.iter().enumerate();
        targets.find_map(|(position, target)| match target {
            Target::Typed { export, ty, .. } if export.split_once('#') == wanted => {
                Some((position, ty))
            }
            _ => None,
        })
    }

    /// Whether `provider` exports all that this skill imports of `interface`, with the same types.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self, interface: &str, provider: &Self) -> Result<(), String> {
        let mut imported = self.inner.code.imported.iter();
        let imported = imported.find(|one| one.interface == interface);
        for (function, ty) in imported.iter().flat_map(|one| &one.functions) {
            let id = provider.id();
            let Some((_, theirs)) = provider.exported(interface, function) else {
                return Err(format!(
                    "{id} has no function {function} that values can go through"
                ));
            };
            if !imports::same(ty, theirs) {
                return Err(format!(
                    "{function} has other types in {id}; build both against the same WIT"
                ));
            }
        }
        Ok(())
    }

    /// The package's descriptor.
    pub fn descriptor(&self) -> &Descriptor {
        &self.inner.code.descriptor
    }

    /// The instance id.
    pub fn id(&self) -> &str {
        &self.inner.shared.id
    }

    /// Whether one more line about the skill is logged now: what it or its callers cause must not fill the disk.
    pub fn admits_line(&self) -> bool {
        let shared = &self.inner.shared;
        shared.log_rate.admit_line(&shared.id)
    }

    /// The grants this skill runs with.
    pub fn grants(&self) -> &Arc<Grants> {
        &self.inner.shared.grants
    }

    /// The limits it runs under.
    pub fn limits(&self) -> &Limits {
        &self.inner.shared.limits
    }

    /// When its instance is made anew.
    pub fn isolation(&self) -> Isolation {
        self.inner.shared.limits.isolation
    }

    /// What its commands are confined with, for the operator. None when it may run none.
    pub fn confinement(&self) -> Option<String> {
        Capabilities::confinement(&self.inner.shared.grants)
    }

    /// Notes for the operator, such as methods that cannot be called.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }
}
