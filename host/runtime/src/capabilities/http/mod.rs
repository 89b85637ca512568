//! `http`: requests, each hop of which is checked by `luminarys_network::http`.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions
//! - `transfer`: response bodies to files; `cookies`: where cookies are kept

mod cookies;
mod host;
mod options;
mod state;
mod transfer;

pub use options::RequestOptions;
pub(crate) use state::HttpCapability;
