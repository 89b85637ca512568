//! `store`: persistent keys and values.
//!
//! - `host`: the functions; `luminarys_store` keeps the data

mod host;
mod state;

pub(crate) use state::StoreCapability;
