//! An access token (JSON Web Token, RFC 7519, RFC 9068), taken apart and checked. Nothing of it is believed before its
//! signature is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::algorithm::Algorithm;
use super::key::KeySet;

/// The longest token, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// The longest `kid`, in bytes.
const MAX_KEY_ID: usize = 256;

/// Seconds that the clocks of host and authorization server may differ.
pub(crate) const LEEWAY: u64 = 30;

/// A token that is not taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is too long.
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// It cannot be taken apart.
    #[error("the token is not a JSON Web Token: {0}")]
    Malformed(&'static str),
    /// It is of another kind, such as one that tells of a logout.
    #[error("the token is not an access token by its `typ`")]
    Kind,
    /// It is signed in a way that is not taken, or not at all.
    #[error("the token is not signed by an algorithm that this server takes")]
    Algorithm,
    /// Its signer has no such key.
    #[error("the token is signed with a key that its authorization server does not publish")]
    UnknownKey,
    /// The signature is another's.
    #[error("the token's signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is of another authorization server.
    #[error("the token is from another issuer")]
    Issuer,
    /// It is for another server.
    #[error("the token is for another audience")]
    Audience,
    /// It must be shown with a proof of who holds it.
    #[error("the token is bound to a key of its holder, of which this server takes no proof")]
    Bound,
    /// It does not say what it must.
    #[error("the token has no usable `{0}`")]
    Claim(&'static str),
}

impl TokenError {
    /// Returns its name in counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed(_) => "malformed",
            Self::Kind => "kind",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Bound => "bound",
            Self::Claim(_) => "claim",
        }
    }
}

/// What a token must say.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub issuer: String,
    /// Any of which is enough.
    pub audience: Vec<String>,
    pub algorithms: Vec<Algorithm>,
}

/// A token that was taken apart, and not checked.
pub(crate) struct Unverified<'a> {
    algorithm: Algorithm,
    key: Option<String>,
    /// What is signed.
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// What a token says that was checked.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    /// Seconds since 1970.
    pub expires: u64,
    pub subject: String,
    /// The application that it was given to.
    pub application: Option<String>,
    pub scopes: Vec<String>,
    /// All that it says.
    pub all: Map<String, Value>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    /// Extensions that must be understood, of which none is.
    crit: Option<Value>,
    b64: Option<Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TokenError`] when it is no signed access token by an algorithm that is expected.
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
        let head = decode(head, "its head is not base64url")?;
        let head: Head = serde_json::from_slice(&head)
            .map_err(|_| TokenError::Malformed("its head is not an object with `alg`"))?;
        if head.crit.is_some() || head.b64.is_some() {
            return Err(TokenError::Malformed("its head has an extension"));
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

    /// Tells whether `keys` have one that it may be signed with.
    pub fn is_of(&self, keys: &KeySet) -> bool {
        keys.has(self.key.as_deref(), self.algorithm)
    }

    /// Checks signature, issuer, audience and time, which is `now` in seconds since 1970.
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
        // An application that asks for itself may have no other.
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

/// Returns a text, or the texts of a list.
pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns a time; one that is there and is none is an error, rather than taken for absent.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_u64();
    let seconds = whole.or_else(|| {
        let fraction = value.as_f64()?;
        // Beyond what a float holds exactly there is no time anyone means.
        (0.0..9e15).contains(&fraction).then_some(fraction as u64)
    });
    seconds.map(Some).ok_or(TokenError::Claim(name))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
