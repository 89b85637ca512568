//! `context`: the call being served.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions

mod host;
mod state;

pub(crate) use host::Aborted;
pub(crate) use state::ContextCapability;
