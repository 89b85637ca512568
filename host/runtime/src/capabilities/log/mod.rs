//! `log`: writes skills' messages to the host's log under the target `skill`.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions

mod host;
mod state;

pub(crate) use state::LogCapability;
