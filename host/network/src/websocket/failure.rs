//! How WebSocket connections fail.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use crate::error::{Failure, NetworkError};

/// Classifies an error of the connection to `target`.
pub(super) fn failed(target: &str, error: Error) -> NetworkError {
    match error {
        Error::Io(error) => NetworkError::io(target, error),
        Error::ConnectionClosed | Error::AlreadyClosed => {
            let text = format!("{target}: the connection is closed");
            NetworkError::Closed(Failure::with_text(text, error))
        }
        Error::Capacity(error) => NetworkError::TooLarge(Failure::of(target, error)),
        Error::Protocol(error @ ProtocolError::ResetWithoutClosingHandshake) => {
            NetworkError::Closed(Failure::of(target, error))
        }
        Error::Protocol(error) => NetworkError::Io(Failure::of(target, error)),
        Error::Http(response) => {
            let status = response.status();
            let text = format!("{target}: the server answers {status} to the handshake");
            NetworkError::Io(text.into())
        }
        other => NetworkError::Io(Failure::of(target, other)),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use tokio_tungstenite::tungstenite::error::CapacityError;

    use super::*;

    /// The name of an error's variant.
    fn variant(error: &NetworkError) -> &'static str {
        match error {
            NetworkError::Denied(_) => "denied",
            NetworkError::Invalid(_) => "invalid",
            NetworkError::NotFound(_) => "not-found",
            NetworkError::Timeout(_) => "timeout",
            NetworkError::TooLarge(_) => "too-large",
            NetworkError::LimitExceeded(_) => "limit-exceeded",
            NetworkError::Tls(_) => "tls",
            NetworkError::Closed(_) => "closed",
            NetworkError::Io(_) => "io",
        }
    }

    #[test]
    fn errors_are_classified_by_type_and_keep_their_source() {
        let too_long = CapacityError::MessageTooLong {
            size: 2,
            max_size: 1,
        };
        let rows = [
            (Error::ConnectionClosed, "closed"),
            (Error::AlreadyClosed, "closed"),
            (
                Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                "closed",
            ),
            (Error::Protocol(ProtocolError::HandshakeIncomplete), "io"),
            (Error::Protocol(ProtocolError::InvalidCloseSequence), "io"),
            (Error::Capacity(too_long), "too-large"),
            (Error::Io(io::ErrorKind::ConnectionReset.into()), "closed"),
            (Error::Io(io::ErrorKind::TimedOut.into()), "timeout"),
            (Error::Io(io::ErrorKind::Other.into()), "io"),
            // A text that looks like another error changes nothing.
            (
                Error::Utf8("reset without closing handshake".to_owned()),
                "io",
            ),
        ];
        let mut wrong = Vec::new();
        for (error, expected) in rows {
            let shown = format!("{error:?}");
            let failed = failed("ws://a.test/", error);
            let text = failed.to_string();
            if variant(&failed) != expected
                || failed.source().is_none()
                || !text.starts_with("ws://a.test/: ")
            {
                wrong.push(format!("{shown}: {failed:?}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
