//! The trait of a capability.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;

use luminarys_grants::{Effect, Grants};
use luminarys_store::{StateStore, StoreDatabase};
use wasmtime::component::HasData;

use super::{Environment, SkillShared};
use crate::LoadError;
use crate::bindings::luminarys::skill::types::Error;
use crate::model::LanguageModel;
use crate::shared_store::SharedStoreSlot;

/// The host's resources that the capabilities of all skills share.
pub(crate) struct Host<'a> {
    pub state: &'a StateStore,
    pub database: &'a StoreDatabase,
    pub shared: &'a SharedStoreSlot,
    pub data_dir: Option<&'a Path>,
    pub model: Option<&'a Arc<dyn LanguageModel>>,
}

/// One capability of one skill: the state that its calls share. Its `Host` of `bindings` is implemented on [`View`].
pub(crate) trait Capability: Send + Sync + Sized + 'static {
    /// The interface's name in `wit/`.
    const NAME: &'static str;
    /// The rule of each function of the interface.
    const OPERATIONS: &'static [Operation];

    /// Creates the state of one skill.
    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self;

    /// Returns notes for the operator about `grants`.
    ///
    /// # Errors
    /// [`LoadError`] when this machine cannot confine the skill to them.
    fn warnings(_grants: &Grants) -> Result<Vec<String>, LoadError> {
        Ok(Vec::new())
    }

    /// Describes to the operator how this machine confines the skill to `grants`, if that depends on the machine.
    fn confinement(_grants: &Grants) -> Option<String> {
        None
    }

    /// Ends everything that outlives calls.
    fn end(&self) {}
}

/// A function of an interface, with its resource's name for a method, and its rule.
pub(crate) type Operation = (&'static str, Rule);

/// The rule that limits a function in a narrowed call: one of a method declared read-only or closed-world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Its effect: denied if the call may not have it.
    Effect(Effect),
    /// Whether it reads or changes a path.
    Path,
    /// The method of the HTTP request.
    Request,
    /// The hints of the called method.
    Callee,
    /// Always allowed: the function only answers, or concerns the call itself.
    Answer,
}

/// A capability as seen by the calling instance.
pub(crate) struct View<'a, C> {
    pub environment: &'a mut Environment,
    pub state: &'a Arc<C>,
}

impl<C> Deref for View<'_, C> {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        self.environment
    }
}

impl<C> DerefMut for View<'_, C> {
    fn deref_mut(&mut self) -> &mut Environment {
        self.environment
    }
}

impl<C: Capability> View<'_, C> {
    /// Decides whether the call may use `function` of this capability on `target`. Called before anything else.
    ///
    /// # Errors
    /// `denied`, naming the hint of the called method.
    pub fn may(&mut self, function: &str, target: &str) -> Result<(), Error> {
        let known = C::OPERATIONS.iter().find(|(name, _)| *name == function);
        let effect = match known {
            Some((_, Rule::Effect(effect))) => *effect,
            // A function missing in the table may do anything.
            _ => Effect::Both,
        };
        self.environment.may((C::NAME, effect), target)
    }
}

/// The marker by which wasmtime passes a capability's [`View`] to its functions.
pub(crate) struct Of<C>(PhantomData<C>);

impl<C: Capability> HasData for Of<C> {
    type Data<'a> = View<'a, C>;
}
