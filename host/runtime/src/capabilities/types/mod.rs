//! `types`: what all interfaces share.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions

mod host;
mod state;

pub(crate) use state::TypesCapability;
