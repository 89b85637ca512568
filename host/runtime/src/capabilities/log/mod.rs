//! `log`: messages of skills, into the host's log under the target `skill`.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions

mod host;
mod state;

pub(crate) use state::LogCapability;
