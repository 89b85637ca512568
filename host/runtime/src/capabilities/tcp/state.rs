//! The state of `tcp`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use wasmtime::component::Linker;

use crate::bindings::luminarys::skill::tcp as wit;
use crate::environment::{Capability, Host, Of, Operation, Rule, SkillShared, View};

/// The TCP functions of one skill. Stateless between calls.
pub(crate) struct TcpCapability;

impl Capability for TcpCapability {
    const NAME: &'static str = "tcp";

    const OPERATIONS: &'static [Operation] = &[
        ("connection.peer", Rule::Answer),
        // The effect of a protocol on a connection is unknown too.
        ("connection.read", Rule::Effect(Effect::Both)),
        ("connection.write", Rule::Effect(Effect::Both)),
        ("connection.finish", Rule::Effect(Effect::Both)),
        ("connect", Rule::Effect(Effect::Both)),
        ("request", Rule::Effect(Effect::Both)),
        ("deliver", Rule::Effect(Effect::Both)),
        ("delivery.find", Rule::Answer),
        ("delivery.id", Rule::Answer),
        ("delivery.send", Rule::Effect(Effect::Both)),
        ("delivery.close", Rule::Effect(Effect::Both)),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }

    fn link<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> View<'_, Self>,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, Of<Self>>(linker, view)
    }
}
