//! `context`: the call being served.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions

mod host;
mod state;

pub(crate) use host::Aborted;
pub(crate) use state::ContextCapability;
