//! The state of `http`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Effect;
use luminarys_network::http::{HttpClient, Jar};

use super::cookies::KeptCookies;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The client of one skill, with its cookies.
pub(crate) struct HttpCapability {
    pub client: HttpClient,
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
        let (network, grants) = (skill.network.clone(), skill.grants.clone());
        let jar = Jar::new(&skill.id, KeptCookies::new(&skill.id, host.state.clone()));
        Self {
            client: HttpClient::new(network, grants, jar, skill.lane.clone()),
        }
    }
}
