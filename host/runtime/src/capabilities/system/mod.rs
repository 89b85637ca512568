//! `system`: the machine, the clock, the disk beneath a grant, the manifest's environment.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions

pub(crate) mod facts;
mod host;
mod state;

pub(crate) use state::SystemCapability;
