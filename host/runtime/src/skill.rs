//! From package to callable methods.
//!
//! - `code`: the state that skills of one package share; `target`: the export of a method; `calls`: calling it
//! - `load`: from a package to a skill; `regrant`: the same package with other grants

use std::sync::Arc;

use luminarys_grants::{Denial, Grants, Isolation};
use luminarys_package::Descriptor;
use wasmtime::component::types::ComponentFunc;

use crate::cache::Compilation;
use crate::capabilities::Capabilities;
use crate::environment::SkillShared;
use crate::imports;
use crate::instances::Instances;
use crate::method::Method;
use crate::runtime::Inner;
use crate::{Asked, Exchange, Limits, LoadError, NodePolicy};

mod calls;
mod code;
mod load;
mod regrant;
mod target;

use code::Code;
pub(crate) use code::Codes;
use target::Target;

struct Loaded {
    /// The methods of the package, with effects that depend on the grants.
    methods: Vec<Method>,
    warnings: Vec<String>,
    shared: Arc<SkillShared>,
    capabilities: Arc<Capabilities>,
    instances: Arc<Instances>,
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
    /// Loads the code from the cache, or compiles it: until then the skill cannot be called. Blocking, for seconds if a
    /// large package is compiled: `begins` is called with its size before. Returns how that went, or `None` if it was
    /// not compiled now.
    ///
    /// # Errors
    /// [`LoadError`] when the code is invalid.
    pub fn compile(&self, begins: impl FnOnce(usize)) -> Result<Option<Compilation>, LoadError> {
        let compiler = &self.inner.runtime.compiler;
        self.inner.code.compile(compiler, begins)
    }

    /// Returns the methods, in the descriptor's order.
    pub fn methods(&self) -> &[Method] {
        &self.inner.methods
    }

    /// Drops the instance kept for a session; a call that runs on it finishes.
    pub fn session_ended(&self, session_id: &str) {
        self.inner.instances.session_ended(session_id);
    }

    /// Returns the interfaces of other skills that it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        let imported = self.inner.code.imported.iter();
        imported.map(|one| one.interface.as_str())
    }

    /// Returns whether it exports anything of `interface`.
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

    /// Returns the method behind a function of an exported interface.
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

    /// Checks that `provider` exports everything that this skill imports from `interface`, with the same types.
    ///
    /// # Errors
    /// The first mismatch.
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

    /// Returns the package's descriptor.
    pub fn descriptor(&self) -> &Descriptor {
        &self.inner.code.descriptor
    }

    /// Returns the instance id.
    pub fn id(&self) -> &str {
        &self.inner.shared.id
    }

    /// Returns whether another line about the skill may be logged: it and its callers must not fill the disk.
    pub fn admits_line(&self) -> bool {
        let shared = &self.inner.shared;
        shared.log_rate.admit_line(&shared.id)
    }

    /// Returns the grants of this skill.
    pub fn grants(&self) -> &Arc<Grants> {
        &self.inner.shared.grants
    }

    /// Returns the limits of this skill.
    pub fn limits(&self) -> &Limits {
        &self.inner.shared.limits
    }

    /// Returns when a new instance is created.
    pub fn isolation(&self) -> Isolation {
        self.inner.shared.limits.isolation
    }

    /// Decides whether the skill exchanges files with a node that asks, as this node's `policy` and its manifest say.
    ///
    /// # Errors
    /// [`Denial`], which says to that node who can allow it; it is recorded.
    pub fn exchange(&self, policy: NodePolicy, asked: Asked<'_>) -> Result<Exchange, Denial> {
        let capability = &self.inner.capabilities.transfer;
        Exchange::new(&self.inner.shared, capability, policy, asked)
    }

    /// Describes the confinement of its commands for the operator. Returns `None` if it may run none.
    pub fn confinement(&self) -> Option<String> {
        Capabilities::confinement(&self.inner.shared.grants)
    }

    /// Returns notes for the operator, such as methods that cannot be called.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }
}
