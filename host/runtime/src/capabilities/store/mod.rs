//! `store`: keys and values that survive restarts.
//!
//! - `database`: the file they are in; `host`: the way to the guest

mod database;
mod host;

pub(crate) use database::StoreDatabase;
