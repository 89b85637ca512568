//! How HTTP is served.

use std::fmt;

use thiserror::Error;

use crate::limits::Limits;

/// Who may speak over HTTP, and how much.
#[derive(Clone)]
pub struct ServerOptions {
    /// Bearer tokens, any of which is enough; none asks for no token, on loopback only.
    pub tokens: Vec<String>,
    /// Names beside loopback's that a `Host` header may have.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may speak, such as `https://app.example.com:443`.
    pub allowed_origins: Vec<String>,
    /// The largest request, in bytes.
    pub max_request_bytes: usize,
    /// How much clients may hold, and for how long.
    pub limits: Limits,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_request_bytes: 16 << 20,
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = format_args!("{} tokens", self.tokens.len());
        formatter
            .debug_struct("ServerOptions")
            .field("tokens", &tokens)
            .finish_non_exhaustive()
    }
}

/// Serving ended, or never began.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An open door.
    #[error(
        "{0} can be reached from other machines, so `http.auth.tokens` must have a token; or listen on 127.0.0.1"
    )]
    NoToken(std::net::SocketAddr),
    /// A token that anyone could guess.
    #[error("a token in `http.auth.tokens` is empty")]
    EmptyToken,
    /// The transport failed.
    #[error("serving failed: {0}")]
    Transport(String),
}
