//! `store`: keys and values that survive restarts.
//!
//! - `database`: the file they are in; `host`: the way to the guest

mod database;
mod host;
mod state;

pub(crate) use database::StoreDatabase;
pub(crate) use host::check_namespace;
pub(crate) use state::StoreCapability;
