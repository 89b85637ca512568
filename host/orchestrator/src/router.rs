//! Which node delivers an event to each skill.

use std::collections::HashSet;
use std::sync::Arc;

use luminarys_runtime::{Charge, Event, Holder};

use crate::Orchestrator;

/// The memory of an event on its way to other nodes besides its texts, in bytes.
const SENT: usize = 1 << 10;

/// Decides which node delivers an event to each subscribed skill.
pub trait EventRouter: Send + Sync {
    /// Decides which node delivers `event` to each skill that is subscribed to it, and passes it on to others without waiting.
    /// `own` are the subscribed skills that run here. `hold` charges what is passed on to the skill that emits.
    fn route(
        &self,
        event: &Arc<Event>,
        own: HashSet<String>,
        hold: &dyn Fn() -> Option<Charge>,
    ) -> Routed;
}

/// Where an event goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Routed {
    /// The skills to which this node delivers it.
    pub here: HashSet<String>,
    /// How many skills it is passed on for.
    pub elsewhere: u32,
}

/// Decides where an event goes: to the skills of this host alone, if it is no node.
pub(crate) fn route(
    orchestrator: &Orchestrator,
    event: &Arc<Event>,
    own: HashSet<String>,
) -> Routed {
    let Some(router) = &orchestrator.0.router else {
        return Routed {
            here: own,
            elsewhere: 0,
        };
    };
    let registry = orchestrator.registry();
    let hold = || {
        let source = registry.entry(&event.source)?.deployed.as_ref()?;
        let size = event.topic.len() + event.payload.len() + SENT;
        source.skill.hold(Holder::Events, size as u64).ok()
    };
    router.route(event, own, &hold)
}
