//! Keeps what skills store across calls and restarts. All functions block.
//!
//! - `state`: small files, one for each skill and kind: its state, its cookies, what it has spent on language models
//! - `database`: keys and values of all skills in one redb file, with transactions and a size limit
//! - `copies`: namespaces that are copies of a log, which other hosts write to as well

mod copies;
mod database;
mod state;

pub use copies::Position;
pub use database::{Change, StoreDatabase, StoreError, Usage};
pub use state::{Kind, MAX_STATE_BYTES, StateError, StateStore};
