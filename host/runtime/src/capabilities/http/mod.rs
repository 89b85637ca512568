//! `http`: requests, each hop of which is checked by `luminarys_network::http`.
//!
//! - `host` converts between the guest and the engine; `transfer`: response bodies to files; `cookies`: where they are kept

mod cookies;
mod host;
mod transfer;

pub(crate) use cookies::KeptCookies;
