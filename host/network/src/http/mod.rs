//! HTTP requests of a skill, each hop of which is checked.
//!
//! - `client`: one hop, decided and sent; `url`: which URLs are accepted; `redirect`: from hop to hop
//! - `headers`: what a skill may set, `host_header` among it; `jar`: cookies that are kept
//! - `exchange`: a request and its response; `incoming`: a response body piece by piece; `upload`: a file as a request body

mod client;
mod exchange;
mod headers;
mod host_header;
mod incoming;
mod jar;
mod redirect;
mod upload;
mod url;

pub use client::{Coding, HttpClient};
pub use exchange::{Exchange, Reply, Request};
pub use headers::{Cookie, Header};
pub use incoming::{Head, Incoming};
pub use jar::{Change, CookieStorage, Jar};
pub use upload::Upload;
pub use url::parse_url;

pub(crate) use headers::from_skill;

#[cfg(test)]
mod tests;
