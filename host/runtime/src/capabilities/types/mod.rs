//! `types`: the types that all interfaces share.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions

mod host;
mod state;

pub(crate) use state::TypesCapability;
