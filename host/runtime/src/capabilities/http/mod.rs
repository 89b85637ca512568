//! `http`: requests, each hop of which is checked by `luminarys_network::http`.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions
//! - `transfer`: response bodies to files; `cookies`: the storage of cookies
//! - `resources`: the guest's resources; `setters`: setters of options

mod cookies;
mod host;
mod resources;
mod setters;
mod state;
mod transfer;

pub use resources::RequestOptions;
pub(crate) use state::HttpCapability;
