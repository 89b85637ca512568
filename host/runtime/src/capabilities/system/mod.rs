//! `system`: the machine, the clock, the disk beneath a grant, the manifest's environment.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions

pub(crate) mod facts;
mod host;
mod state;

pub(crate) use state::SystemCapability;
