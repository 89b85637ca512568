//! What those are told who are not let in: the status, the challenge (RFC 6750), and why.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use thiserror::Error;

/// Why a request is not let in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It shows nothing.
    #[error("a bearer token is needed")]
    Missing,
    /// What it shows cannot be a token.
    #[error("the Authorization header is not one bearer token: {0}")]
    Malformed(&'static str),
    /// Its token is nobody's.
    #[error("the bearer token is not one of this server's")]
    Unknown,
}

impl Refusal {
    /// Returns its name in counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the code of RFC 6750; none where nothing was shown.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::Malformed(_) => Some("invalid_request"),
            Self::Unknown => Some("invalid_token"),
        }
    }

    /// Creates the response.
    pub fn respond(&self) -> Response {
        let mut challenge = "Bearer realm=\"luminarys\"".to_owned();
        if let Some(code) = self.code() {
            challenge.push_str(&format!(", error=\"{code}\""));
        }
        let mut response = (StatusCode::UNAUTHORIZED, format!("{self}\n")).into_response();
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
