//! `store`: keys and values that survive restarts.
//!
//! - `host`: the way to the guest; they are kept by `luminarys_store`

mod host;
mod state;

pub(crate) use state::StoreCapability;
