//! How a connection fails.

use std::io;

use luminarys_accounts::Exhausted;
use luminarys_grants::Denial;
use thiserror::Error;

/// Why there is no connection, or no answer.
#[derive(Clone, Debug, Error, PartialEq)]
pub(crate) enum NetworkError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(Denial),
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The name has no address.
    #[error("{0}")]
    NotFound(String),
    /// Time ran out.
    #[error("{0}")]
    Timeout(String),
    /// A limit of the manifest or the host.
    #[error("{0}")]
    TooLarge(String),
    /// TLS could not be agreed upon.
    #[error("TLS: {0}")]
    Tls(String),
    /// The other side has closed, or reset.
    #[error("{0}")]
    Closed(String),
    /// The operating system or the other side refused.
    #[error("{0}")]
    Io(String),
}

impl From<Exhausted> for NetworkError {
    fn from(exhausted: Exhausted) -> Self {
        Self::TooLarge(exhausted.to_string())
    }
}

impl NetworkError {
    /// What the operating system said about `target`.
    pub fn io(target: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::QuotaExceeded => Self::TooLarge(format!("{target}: {error}")),
            io::ErrorKind::TimedOut => Self::Timeout(format!("{target}: {error}")),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Closed(format!("{target}: {error}")),
            _ if is_tls(error) => Self::Tls(format!("{target}: {error}")),
            _ => Self::Io(format!("{target}: {error}")),
        }
    }

    /// What went wrong while TLS was agreed upon.
    pub fn tls(target: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Self::Tls(format!("{target}: the other side does not talk TLS"))
            }
            _ => Self::io(target, error),
        }
    }

    /// The event that a skill is told.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Tls(_) => "tls",
            Self::Closed(_) => "reset",
            _ => "io",
        }
    }
}

fn is_tls(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner.is_some_and(|inner| inner.is::<rustls::Error>())
}
