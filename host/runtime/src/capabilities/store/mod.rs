//! `store`: persistent keys and values.
//!
//! - `host`: the functions; `places`: where namespaces are kept; `luminarys_store` keeps the data

mod host;
mod places;
mod state;

pub(crate) use state::StoreCapability;
