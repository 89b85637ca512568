//! Keeps what skills store across calls and restarts. All functions block.
//!
//! - `state`: small files, one for each skill and kind: its state, its cookies, what it has spent on language models
//! - `database`: keys and values of all skills in one redb file, with transactions and a size limit

mod database;
mod state;

pub use database::{Change, StoreDatabase, StoreError, Usage};
pub use state::{Kind, MAX_STATE_BYTES, StateError, StateStore};
