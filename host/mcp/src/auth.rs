//! Bearer tokens.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

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

    /// Whether a request may pass: no token is asked for, or it has one of them.
    pub fn admit(&self, headers: &HeaderMap) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let given = value.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        let Some(given) = given else { return false };
        let given: [u8; 32] = Sha256::digest(given).into();
        // All are compared, whichever fits.
        let fits = self
            .0
            .iter()
            .fold(Choice::from(0), |fits, token| fits | token.ct_eq(&given));
        fits.into()
    }
}

/// Refuses requests without a token.
pub(crate) async fn require(
    State(tokens): State<Tokens>,
    request: Request,
    next: Next,
) -> Response {
    if tokens.admit(request.headers()) {
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
            assert_eq!(tokens.admit(&headers), admitted, "{value:?}");
        }
        assert!(Tokens::default().admit(&HeaderMap::new()));
    }
}
