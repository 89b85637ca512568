//! This server as an OAuth 2.1 resource server: clients with tokens of an authorization server.
//!
//! - `options`: the configuration, and which of its rules matches a token; `metadata`: RFC 9728
//! - `token`: parses and verifies a token; `algorithm`, `key`: signatures
//! - `source`: fetches the published keys; `discovery`: finds their URL
//! - `resource`: combines them

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
