//! `http`: requests whose every hop is checked.
//!
//! - `client`: one hop, decided and sent; `url`: what a URL may be; `redirect`: from hop to hop
//! - `headers`: what a skill may set; `jar`: cookies that are kept
//! - `transfer`: bodies from and to files; `incoming`: bodies piece by piece; `host`: the way to the guest

mod client;
pub(crate) mod headers;
mod host;
mod incoming;
mod jar;
mod redirect;
mod state;
mod transfer;
mod url;

pub(crate) use client::{Coding, HttpClient};
pub use incoming::Incoming;
pub(crate) use jar::Jar;
pub(crate) use state::HttpCapability;
pub(crate) use url::parse_url;
