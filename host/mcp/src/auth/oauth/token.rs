//! Parses and verifies an access token (JSON Web Token, RFC 7519, RFC 9068). Nothing in it is trusted before its
//! signature is verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::algorithm::Algorithm;
use super::key::{KeySet, MIN_RSA_BITS};

/// The longest token, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// The longest `kid`, in bytes.
const MAX_KEY_ID: usize = 256;

/// The allowed difference between the clocks of host and authorization server, in seconds.
pub(crate) const LEEWAY: u64 = 30;

/// A token that is rejected.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is too long.
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// It cannot be parsed.
    #[error("the token is not a JSON Web Token: {0}")]
    Malformed(&'static str),
    /// It is of another type, such as a logout token.
    #[error("the token's `typ` is not that of an access token")]
    Kind,
    /// It is signed with an algorithm that is not accepted, or not at all.
    #[error("the token is not signed with an algorithm that this server accepts")]
    Algorithm,
    /// Its signing key is unknown.
    #[error("the token is signed with a key that its authorization server does not publish")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the token's signature is not valid")]
    Signature,
    /// The key is too short to be used.
    #[error(
        "the token is signed with an RSA key of fewer than {MIN_RSA_BITS} bits, which is too short"
    )]
    ShortKey,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is of another authorization server.
    #[error("the token is from another issuer")]
    Issuer,
    /// It is for another server.
    #[error("the token is for another audience")]
    Audience,
    /// It needs a proof of possession.
    #[error(
        "the token is bound to a key of its holder, and this server does not support proof of possession"
    )]
    Bound,
    /// It lacks a required claim.
    #[error("the token has no usable `{0}`")]
    Claim(&'static str),
}

impl TokenError {
    /// Returns the error's name in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed(_) => "malformed",
            Self::Kind => "kind",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::ShortKey => "short_key",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Bound => "bound",
            Self::Claim(_) => "claim",
        }
    }
}

/// What a token must match.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub issuer: String,
    /// Accepted audiences, one of which is enough.
    pub audience: Vec<String>,
    pub algorithms: Vec<Algorithm>,
}

/// A parsed token that is not verified yet.
pub(crate) struct Unverified<'a> {
    algorithm: Algorithm,
    key: Option<String>,
    /// The signed part of the token.
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// The claims of a verified token.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    /// Seconds since 1970.
    pub expires: u64,
    pub subject: String,
    /// The application that it was issued to.
    pub application: Option<String>,
    pub scopes: Vec<String>,
    /// All claims.
    pub all: Map<String, Value>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    /// Extensions that must be understood; none is supported.
    crit: Option<Value>,
    b64: Option<Value>,
}

impl<'a> Unverified<'a> {
    /// Parses a token.
    ///
    /// # Errors
    /// [`TokenError`] when it is not an access token signed with an expected algorithm.
    pub fn new(text: &'a str, expected: &Expected) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN {
            return Err(TokenError::TooLong);
        }
        let three = TokenError::Malformed("it does not have three parts");
        let (message, signature) = text.rsplit_once('.').ok_or(three.clone())?;
        let (head, payload) = message.split_once('.').ok_or(three.clone())?;
        if payload.contains('.') {
            return Err(three);
        }
        let head = decode(head, "its header is not base64url")?;
        let head: Head = serde_json::from_slice(&head)
            .map_err(|_| TokenError::Malformed("its header is not an object with `alg`"))?;
        if head.crit.is_some() || head.b64.is_some() {
            return Err(TokenError::Malformed("its header has an extension"));
        }
        if head.kid.as_ref().is_some_and(|key| key.len() > MAX_KEY_ID) {
            return Err(TokenError::Malformed("its `kid` is too long"));
        }
        let algorithm: Algorithm = head.alg.parse().map_err(|_| TokenError::Algorithm)?;
        if !expected.algorithms.contains(&algorithm) {
            return Err(TokenError::Algorithm);
        }
        if !head.typ.as_deref().is_none_or(is_access_token) {
            return Err(TokenError::Kind);
        }
        Ok(Self {
            algorithm,
            key: head.kid,
            message,
            payload,
            signature: decode(signature, "its signature is not base64url")?,
        })
    }

    /// Tells whether `keys` contain one that it may be signed with.
    pub fn is_of(&self, keys: &KeySet) -> bool {
        keys.has(self.key.as_deref(), self.algorithm)
    }

    /// Verifies signature, issuer, audience and time. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify(
        &self,
        keys: &KeySet,
        expected: &Expected,
        now: u64,
    ) -> Result<Claims, TokenError> {
        if !self.is_of(keys) {
            return Err(TokenError::UnknownKey);
        }
        let (key, message) = (self.key.as_deref(), self.message.as_bytes());
        if keys.is_too_short(key, self.algorithm) {
            return Err(TokenError::ShortKey);
        }
        if !keys.verify(key, self.algorithm, message, &self.signature) {
            return Err(TokenError::Signature);
        }
        let payload = decode(self.payload, "its claims are not base64url")?;
        let all: Map<String, Value> = serde_json::from_slice(&payload)
            .map_err(|_| TokenError::Malformed("its claims are not an object"))?;
        Claims::check(all, expected, now)
    }
}

impl Claims {
    fn check(all: Map<String, Value>, expected: &Expected, now: u64) -> Result<Self, TokenError> {
        if text(&all, "iss") != Some(&expected.issuer) {
            return Err(TokenError::Issuer);
        }
        let is_expected = |one: &str| expected.audience.iter().any(|other| other == one);
        if !texts(all.get("aud")).into_iter().any(is_expected) {
            return Err(TokenError::Audience);
        }
        let expires = seconds(&all, "exp")?.ok_or(TokenError::Claim("exp"))?;
        if expires.saturating_add(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        if seconds(&all, "nbf")?.is_some_and(|begins| begins > now.saturating_add(LEEWAY)) {
            return Err(TokenError::NotYet);
        }
        if all.contains_key("cnf") {
            return Err(TokenError::Bound);
        }
        let application = text(&all, "client_id").or_else(|| text(&all, "azp"));
        // A token that an application got for itself may have no other subject.
        let subject = match all.get("sub") {
            None => application,
            Some(subject) => subject.as_str(),
        };
        let subject = subject.filter(|subject| !subject.is_empty());
        let scopes = all.get("scope").or_else(|| all.get("scp"));
        let scopes = texts(scopes).into_iter().flat_map(str::split_whitespace);
        Ok(Self {
            expires,
            subject: subject.ok_or(TokenError::Claim("sub"))?.to_owned(),
            application: application.map(str::to_owned),
            scopes: scopes.map(str::to_owned).collect(),
            all,
        })
    }
}

fn decode(part: &str, why: &'static str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed(why))
}

/// Tells whether a token of this `typ` may be an access token.
fn is_access_token(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    matches!(kind, "jwt" | "at+jwt")
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// Returns a string, or the strings of a list.
pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns a time. A present value that is not a time is an error and not the same as an absent one.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_u64();
    let seconds = whole.or_else(|| {
        let fraction = value.as_f64()?;
        // Larger numbers are not exact in a float, and no one means such a time.
        (0.0..9e15).contains(&fraction).then_some(fraction as u64)
    });
    seconds.map(Some).ok_or(TokenError::Claim(name))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
