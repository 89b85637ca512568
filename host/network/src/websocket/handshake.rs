//! The opening handshake (RFC 6455, section 4.1), with the skill's headers.

use http::{HeaderName, Request, header};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use url::Url;

use crate::error::{Failure, NetworkError};
use crate::http::{Header, from_skill};

/// Returns the request that opens a connection to `url`.
///
/// # Errors
/// [`NetworkError::Invalid`] for an invalid header, or one that only the host sets; [`NetworkError::TooLarge`].
pub(super) fn handshake(url: &Url, given: &[Header]) -> Result<Request<()>, NetworkError> {
    let invalid = |error: Error| NetworkError::Invalid(Failure::of(url.as_str(), error));
    let mut request = url.as_str().into_client_request().map_err(invalid)?;
    for (name, value) in &from_skill(given)? {
        let reserved = |name: &HeaderName| {
            name.as_str().starts_with("sec-websocket-") && *name != header::SEC_WEBSOCKET_PROTOCOL
        };
        if *name == header::HOST || reserved(name) {
            let text = format!("the header {:?} is set by the host", name.as_str());
            return Err(NetworkError::Invalid(text.into()));
        }
        request.headers_mut().append(name.clone(), value.clone());
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_handshake_itself_are_rejected() {
        let url: Url = "wss://a.test/feed".parse().unwrap();
        let rows = [
            ("authorization", true),
            ("cookie", true),
            ("origin", true),
            ("sec-websocket-protocol", true),
            ("Sec-WebSocket-Key", false),
            ("sec-websocket-version", false),
            ("sec-websocket-extensions", false),
            ("sec-websocket-accept", false),
            ("host", false),
            ("connection", false),
            ("upgrade", false),
            ("a b", false),
        ];
        let mut wrong = Vec::new();
        for (name, good) in rows {
            let (name, value) = (name.to_owned(), b"x".to_vec());
            let made = handshake(&url, &[Header { name, value }]);
            if made.is_ok() != good {
                wrong.push(format!("{made:?}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn repeated_headers_are_all_sent() {
        let url: Url = "ws://a.test/".parse().unwrap();
        let header = |name: &str, value: &str| Header {
            name: name.to_owned(),
            value: value.into(),
        };
        let given = [header("x-a", "1"), header("x-b", "2"), header("x-a", "3")];
        let request = handshake(&url, &given).unwrap();
        let values: Vec<_> = request.headers().get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "3"]);
    }
}
