//! How HTTP is served.

use std::fmt;
use std::net::SocketAddr;

use luminarys_text::{CredentialError, check_credential};
use thiserror::Error;

use crate::limits::Limits;
use crate::origin::{NameError, check_host, check_origin};
use crate::tls::{TlsError, TlsFiles};

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
    /// The certificate and its key; none serves without TLS.
    pub tls: Option<TlsFiles>,
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
            tls: None,
            limits: Limits::default(),
        }
    }
}

impl ServerOptions {
    /// Checks that clients can be served at `address` with these options.
    ///
    /// # Errors
    /// [`ServeError`] about the first option that cannot be used.
    pub fn check(&self, address: SocketAddr) -> Result<(), ServeError> {
        if self.tokens.is_empty() && !address.ip().is_loopback() {
            return Err(ServeError::NoToken(address));
        }
        for token in &self.tokens {
            check_credential(token).map_err(ServeError::Token)?;
        }
        let hosts = self.allowed_hosts.iter().map(|host| check_host(host));
        let origins = self.allowed_origins.iter().map(|it| check_origin(it));
        hosts.chain(origins).collect::<Result<(), NameError>>()?;
        Ok(())
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
    NoToken(SocketAddr),
    /// A token that no client can send.
    #[error("a token in `http.auth.tokens` {0}")]
    Token(#[source] CredentialError),
    /// A host or an origin that no request can name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The transport failed.
    #[error("serving failed: {0}")]
    Transport(String),
}
