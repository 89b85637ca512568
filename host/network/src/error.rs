//! How connections fail.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use luminarys_accounts::Exhausted;
use luminarys_grants::Denial;
use thiserror::Error as ThisError;

/// The host's name servers, proxy or certificates cannot be used.
#[derive(Debug, ThisError)]
pub enum SetupError {
    /// The name servers of the configuration.
    #[error("the name servers cannot be used: {0}")]
    Resolver(#[source] BoxError),
    /// Certificates, or the proxy of the configuration.
    #[error("connections of the host itself cannot be made: {0}")]
    Transport(#[source] BoxError),
}

/// An error of any type.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why there is no connection, or no response.
#[derive(Clone, Debug, ThisError)]
pub enum NetworkError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(Denial),
    /// An argument is invalid.
    #[error(transparent)]
    Invalid(Failure),
    /// The name has no address.
    #[error(transparent)]
    NotFound(Failure),
    /// A timeout passed.
    #[error(transparent)]
    Timeout(Failure),
    /// A message, a header or a body is too large.
    #[error(transparent)]
    TooLarge(Failure),
    /// A limit of connections or of memory is reached.
    #[error(transparent)]
    LimitExceeded(Failure),
    /// The TLS handshake fails.
    #[error("TLS: {0}")]
    Tls(#[source] Failure),
    /// The peer closed or reset the connection.
    #[error(transparent)]
    Closed(Failure),
    /// The operating system or the peer refuses.
    #[error(transparent)]
    Io(Failure),
}

/// What failed, in full, and its cause where another library reports one.
#[derive(Clone, Debug)]
pub struct Failure {
    text: String,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure of `target`, such as a URL, that `cause` explains.
    pub fn of(target: &str, cause: impl Into<BoxError>) -> Self {
        let cause = cause.into();
        Self::with_text(format!("{target}: {cause}"), cause)
    }

    /// A failure described by `text`, whose cause is `cause`.
    pub fn with_text(text: String, cause: impl Into<BoxError>) -> Self {
        Self {
            text,
            cause: Some(Arc::from(cause.into())),
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { text, cause: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Some(cause) => Some(&**cause),
            None => None,
        }
    }
}

impl From<Exhausted> for NetworkError {
    fn from(exhausted: Exhausted) -> Self {
        Self::LimitExceeded(Failure::with_text(exhausted.to_string(), exhausted))
    }
}

impl NetworkError {
    /// Returns the error for a connection that the host does not read, or does not read any more.
    pub fn no_connection(id: &str) -> Self {
        Self::Closed(format!("there is no connection {id:?}").into())
    }

    /// Classifies what the operating system or TLS reports about a connection to `target`.
    pub fn io(target: &str, error: io::Error) -> Self {
        let kind = Kind::of(&error);
        kind.failed(Failure::of(target, error))
    }

    /// Classifies an error of a TLS handshake with `target`.
    pub fn tls(target: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                let text = format!("{target}: the peer does not speak TLS");
                Self::Tls(Failure::with_text(text, error))
            }
            _ => Self::io(target, error),
        }
    }

    /// Classifies an error of an HTTP exchange with `target` by its innermost cause.
    pub fn of_exchange(target: &str, error: BoxError) -> Self {
        let mut cause: &(dyn Error + 'static) = &*error;
        let kind = loop {
            if let Some(known) = cause.downcast_ref::<Self>() {
                return known.clone();
            }
            if cause.is::<rustls::Error>() {
                break Kind::Tls;
            }
            match cause.source() {
                Some(source) => cause = source,
                None => {
                    let io = cause.downcast_ref();
                    break io.map_or(Kind::Io, Kind::of);
                }
            }
        };
        let text = format!("{target}: {cause}");
        kind.failed(Failure::with_text(text, error))
    }

    /// The event that a skill receives when a connection that the host reads fails so.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Tls(_) => "tls",
            Self::Closed(_) => "reset",
            _ => "io",
        }
    }
}

/// What an error of the operating system means for a connection.
#[derive(Clone, Copy)]
enum Kind {
    LimitExceeded,
    Timeout,
    Closed,
    Tls,
    Io,
}

impl Kind {
    fn of(error: &io::Error) -> Self {
        let inner = error.get_ref();
        match error.kind() {
            // `Charged` reports a skill's exhausted account so.
            _ if inner.is_some_and(|inner| inner.is::<Exhausted>()) => Self::LimitExceeded,
            io::ErrorKind::TimedOut => Self::Timeout,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Closed,
            _ if inner.is_some_and(|inner| inner.is::<rustls::Error>()) => Self::Tls,
            _ => Self::Io,
        }
    }

    fn failed(self, failure: Failure) -> NetworkError {
        match self {
            Self::LimitExceeded => NetworkError::LimitExceeded(failure),
            Self::Timeout => NetworkError::Timeout(failure),
            Self::Closed => NetworkError::Closed(failure),
            Self::Tls => NetworkError::Tls(failure),
            Self::Io => NetworkError::Io(failure),
        }
    }
}
