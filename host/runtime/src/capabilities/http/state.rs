//! The state of `http`, and what its functions do.

use std::sync::Arc;

use luminarys_grants::Effect;
use wasmtime::component::Linker;

use super::{HttpClient, Jar};
use crate::bindings::luminarys::skill::http as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The client and the cookies of one skill.
pub(crate) struct HttpCapability {
    pub client: HttpClient,
    pub jar: Arc<Jar>,
}

impl Capability for HttpCapability {
    const NAME: &'static str = "http";

    const OPERATIONS: &'static [Operation] = &[
        ("incoming.head", Rule::Answer),
        ("incoming.read", Rule::Effect(Effect::Reach)),
        ("get", Rule::Request),
        ("post", Rule::Request),
        ("send", Rule::Request),
        ("open", Rule::Request),
        ("download", Rule::Request),
        ("upload", Rule::Request),
    ];

    fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
        Self {
            client: HttpClient::new(skill.network.clone(), skill.grants.clone()),
            jar: Arc::new(Jar::new(&skill.id, host.state.clone())),
        }
    }

    fn link<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> View<'_, Self>,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, Of<Self>>(linker, view)
    }
}
