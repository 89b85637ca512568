//! `events`: events between skills, delivered by the host.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions

mod host;
mod state;

pub(crate) use state::EventsCapability;
