//! Responses to requests that are not admitted: the status, the challenge (RFC 6750), and the reason.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use thiserror::Error;

use super::oauth::OAuthOptions;
use super::oauth::resource::NotAdmitted;

/// The `Retry-After` while the keys of an authorization server are not available, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// Why a request is not admitted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has no token.
    #[error("a bearer token is required")]
    Missing,
    /// Its header is not a bearer token.
    #[error("the Authorization header is not one bearer token: {0}")]
    Malformed(&'static str),
    /// Its token is unknown.
    #[error("the bearer token is not one of this server's")]
    Unknown,
    /// Its token of the authorization server is refused.
    #[error(transparent)]
    Issued(#[from] NotAdmitted),
}

impl Refusal {
    /// Returns the error's name in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Unknown => "unknown",
            Self::Issued(NotAdmitted::Token(error)) => error.name(),
            Self::Issued(NotAdmitted::Unavailable(_)) => "keys_unavailable",
            Self::Issued(NotAdmitted::Scopes(_)) => "scope",
            Self::Issued(NotAdmitted::Nothing) => "no_rule",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Issued(NotAdmitted::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Issued(NotAdmitted::Scopes(_) | NotAdmitted::Nothing) => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// Returns the error code of RFC 6750; `None` without a token.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::Issued(NotAdmitted::Unavailable(_) | NotAdmitted::Nothing) => {
                None
            }
            Self::Malformed(_) => Some("invalid_request"),
            Self::Unknown | Self::Issued(NotAdmitted::Token(_)) => Some("invalid_token"),
            Self::Issued(NotAdmitted::Scopes(_)) => Some("insufficient_scope"),
        }
    }

    /// Creates the response. If there is an authorization server, it names the metadata and the scopes to
    /// request.
    pub fn respond(&self, oauth: Option<&OAuthOptions>) -> Response {
        let status = self.status();
        let text = match self {
            // The reason is for the operator, and is in the log.
            Self::Issued(NotAdmitted::Unavailable(_)) => {
                "the keys of the authorization server cannot be fetched now; try again\n".to_owned()
            }
            _ => format!("{self}\n"),
        };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        } else if let Ok(challenge) = HeaderValue::from_str(&self.challenge(oauth)) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// Writes the challenge. Its text comes from the code and the configuration, never from a request.
    fn challenge(&self, oauth: Option<&OAuthOptions>) -> String {
        let mut parts = vec!["Bearer realm=\"luminarys\"".to_owned()];
        if let Some(code) = self.code() {
            parts.push(format!("error=\"{code}\""));
        }
        if let Some(oauth) = oauth {
            parts.push(format!("resource_metadata=\"{}\"", oauth.metadata_url()));
            let scopes = match self {
                Self::Issued(NotAdmitted::Scopes(scopes)) => scopes.clone(),
                _ => oauth.scopes.join(" "),
            };
            if !scopes.is_empty() {
                parts.push(format!("scope=\"{scopes}\""));
            }
        }
        parts.join(", ")
    }
}
