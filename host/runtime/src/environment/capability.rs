//! The shape of a capability.

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

/// What the host has once, for the capabilities of all skills.
pub(crate) struct Host<'a> {
    pub state: &'a StateStore,
    pub database: &'a StoreDatabase,
    pub data_dir: Option<&'a Path>,
    pub model: Option<&'a Arc<dyn LanguageModel>>,
}

/// One capability of one skill: the state that its calls share. Its `Host` of `bindings` is implemented on [`View`].
pub(crate) trait Capability: Send + Sync + Sized + 'static {
    /// The interface's name in `wit/`.
    const NAME: &'static str;
    /// What each function of the interface does.
    const OPERATIONS: &'static [Operation];

    /// Makes the state for one skill.
    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self;

    /// Returns notes for the operator about `grants`.
    ///
    /// # Errors
    /// [`LoadError`] when this machine cannot keep the skill to them.
    fn warnings(_grants: &Grants) -> Result<Vec<String>, LoadError> {
        Ok(Vec::new())
    }

    /// Describes to the operator what keeps the skill to `grants`, where that depends on the machine.
    fn confinement(_grants: &Grants) -> Option<String> {
        None
    }

    /// Ends what outlives calls.
    fn end(&self) {}
}

/// A function of an interface, those of resources behind the resource's name, and its rule.
pub(crate) type Operation = (&'static str, Rule);

/// What limits a function in a narrowed call, one of a method declared read-only or closed-world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Its effect: denied where the call may not have it.
    Effect(Effect),
    /// Whether it reads or changes a path.
    Path,
    /// The method of the HTTP request.
    Request,
    /// What the called method declares.
    Callee,
    /// Nothing: it answers, or concerns the call itself.
    Answer,
}

/// A capability of the instance that calls it.
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
    /// Decides whether the call may use `function` of this capability on `target`. Asked before anything else.
    ///
    /// # Errors
    /// `denied`, naming the hint of the method that is called.
    pub fn may(&mut self, function: &str, target: &str) -> Result<(), Error> {
        let known = C::OPERATIONS.iter().find(|(name, _)| *name == function);
        let effect = match known {
            Some((_, Rule::Effect(effect))) => *effect,
            // What the table does not know may do anything.
            _ => Effect::Both,
        };
        self.environment.may((C::NAME, effect), target)
    }
}

/// Tells wasmtime that functions of a capability take its [`View`].
pub(crate) struct Of<C>(PhantomData<C>);

impl<C: Capability> HasData for Of<C> {
    type Data<'a> = View<'a, C>;
}
