//! The state of `tcp`, and what its functions do.

use std::sync::Arc;

use luminarys_grants::Effect;

use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// TCP connections of one skill. Nothing is kept between calls.
pub(crate) struct TcpCapability;

impl Capability for TcpCapability {
    const NAME: &'static str = "tcp";

    const OPERATIONS: &'static [Operation] = &[
        ("connection.peer", Rule::Answer),
        // What a protocol makes of a connection nobody knows either.
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
}
