//! Bearer tokens.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::client::Client;
use crate::connections::Connection;

/// The address of a request that came by no connection.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The tokens' digests, of one length each, so that comparing tells nothing.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    pub fn new(tokens: &[String]) -> Self {
        Self(
            tokens
                .iter()
                .map(|token| Sha256::digest(token).into())
                .collect(),
        )
    }

    /// Returns the client that a request comes from, if it is allowed: it has one of the tokens, or none is required.
    pub fn admit(&self, headers: &HeaderMap, peer: IpAddr) -> Option<Client> {
        if self.0.is_empty() {
            return Some(Client::at(peer));
        }
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let given = value.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        })?;
        let given: [u8; 32] = Sha256::digest(given).into();
        // All are compared, whichever fits.
        let fits = self
            .0
            .iter()
            .fold(Choice::from(0), |fits, token| fits | token.ct_eq(&given));
        bool::from(fits).then(|| Client::with_token(&given))
    }
}

/// Rejects requests without a valid token, and attaches the [`Client`] to the others.
pub(crate) async fn require(
    State(tokens): State<Tokens>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let peer = connection
        .as_ref()
        .map_or(NOWHERE, |connection| connection.peer);
    if let Some(client) = tokens.admit(request.headers(), peer) {
        if let Some(connection) = connection {
            connection.admit();
        }
        // Nothing behind this asks for the token, and so nothing can show it.
        request.headers_mut().remove(header::AUTHORIZATION);
        request.extensions_mut().insert(client);
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"luminarys\"")];
    (
        StatusCode::UNAUTHORIZED,
        challenge,
        "a bearer token is needed\n",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let tokens = Tokens::new(&["one".to_owned(), "two".to_owned()]);
        for (value, admitted) in [
            (Some("Bearer one"), true),
            (Some("bearer two"), true),
            (Some("Bearer three"), false),
            (Some("Bearer "), false),
            (Some("Basic one"), false),
            (Some("one"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            let client = tokens.admit(&headers, NOWHERE);
            assert_eq!(client.is_some(), admitted, "{value:?}");
        }
        let anyone = Tokens::default().admit(&HeaderMap::new(), NOWHERE);
        assert!(anyone.is_some_and(|client| client.owner.is_none()));
    }
}
