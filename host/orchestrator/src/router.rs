//! Which node delivers an event to each skill.

use std::collections::HashSet;
use std::sync::Arc;

use luminarys_runtime::{Charge, Event};

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
