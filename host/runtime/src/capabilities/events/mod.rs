//! `events`: events between skills, passed on by the host that runs them.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions

mod host;
mod state;

pub(crate) use state::EventsCapability;
