//! How HTTP is served.

use std::net::SocketAddr;

use thiserror::Error;

use crate::auth::AuthOptions;
use crate::limits::Limits;
use crate::origin::{NameError, check_host, check_origin};
use crate::tls::{TlsError, TlsFiles};

/// How tools and their results are offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOptions {
    /// The maximum number of characters of a result that are shown; the rest is kept as a resource for some minutes.
    pub max_result_chars: usize,
}

impl Default for ToolOptions {
    fn default() -> Self {
        Self {
            max_result_chars: 100_000,
        }
    }
}

/// Admitted clients and limits over HTTP.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The admitted clients.
    pub auth: AuthOptions,
    /// Allowed `Host` headers besides those of loopback.
    pub allowed_hosts: Vec<String>,
    /// Allowed web origins, such as `https://app.example.com:443`.
    pub allowed_origins: Vec<String>,
    /// The largest request, in bytes.
    pub max_request_bytes: usize,
    /// The certificate and its key; `None` serves without TLS.
    pub tls: Option<TlsFiles>,
    /// The limits of what clients may hold, and for how long.
    pub limits: Limits,
    /// How tools and their results are offered.
    pub tools: ToolOptions,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            auth: AuthOptions::default(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_request_bytes: 16 << 20,
            tls: None,
            limits: Limits::default(),
            tools: ToolOptions::default(),
        }
    }
}

impl ServerOptions {
    /// Checks that clients can be served at `address` with these options.
    ///
    /// # Errors
    /// [`ServeError`] for the first option that cannot be used.
    pub fn check(&self, address: SocketAddr) -> Result<(), ServeError> {
        if self.auth.is_empty() && !address.ip().is_loopback() {
            return Err(ServeError::NoToken(address));
        }
        let hosts = self.allowed_hosts.iter().map(|host| check_host(host));
        let origins = self.allowed_origins.iter().map(|it| check_origin(it));
        hosts.chain(origins).collect::<Result<(), NameError>>()?;
        Ok(())
    }
}

/// Why serving ended, or never began.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Other machines could connect without a token.
    #[error(
        "{0} can be reached from other machines, so `http.auth.tokens`, `http.auth.clients` or `http.auth.oauth` must name \
         its clients; or listen on 127.0.0.1"
    )]
    NoToken(SocketAddr),
    /// An entry of hosts or origins that no request can match.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The transport failed.
    #[error("serving failed: {0}")]
    Transport(String),
}
