//! `http`: requests, each hop of which is checked by `luminarys_network::http`.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions
//! - `transfer`: response bodies to files; `cookies`: where cookies are kept
//! - `resources`: what a guest holds, `setters`: of options

mod cookies;
mod host;
mod resources;
mod setters;
mod state;
mod transfer;

pub use resources::RequestOptions;
pub(crate) use state::HttpCapability;
