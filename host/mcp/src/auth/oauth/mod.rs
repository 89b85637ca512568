//! This server as an OAuth 2.1 resource server: whoever comes with a token of the authorization server.
//!
//! - `options`: the configuration, and which of its rules a token fits; `metadata`: what clients are told
//! - `token`: a token, taken apart and checked; `algorithm`, `key`: signatures
//! - `source`: the keys as they are published; `discovery`: where
//! - `resource`: all together

mod algorithm;
mod discovery;
mod key;
mod metadata;
pub(crate) mod options;
pub(crate) mod resource;
mod source;
mod token;

pub use algorithm::{Algorithm, AlgorithmError};
pub use options::{OAuthOptions, TokenRule, UrlError, read_url};
