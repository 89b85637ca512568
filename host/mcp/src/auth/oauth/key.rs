//! The public keys of an authorization server (JSON Web Keys, RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::algorithm::{Algorithm, Check, Family};

/// The maximum number of keys in one set.
const MAX_KEYS: usize = 100;

/// The shortest modulus of an RSA key, in bits (RFC 7518, section 3.3).
pub(super) const MIN_RSA_BITS: usize = 2048;

/// A document that is not a usable set of keys.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum KeySetError {
    /// It is something else.
    #[error("it is not a set of JSON Web Keys: {0}")]
    Malformed(String),
    /// There are too many.
    #[error("it holds {0} keys; the maximum is {MAX_KEYS}")]
    TooMany(usize),
    /// No key is of a supported kind.
    #[error("it holds no key for signatures of RSA, P-256, P-384 or Ed25519")]
    Empty,
}

/// Keys that verify signatures.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    family: Family,
    /// The only algorithm that the key may be used with, if it names one.
    only: Option<Algorithm>,
    public: Public,
}

#[derive(Debug)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Bytes(Vec<u8>),
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds and for other purposes are ignored.
    ///
    /// # Errors
    /// [`KeySetError`]
    pub fn read(bytes: &[u8]) -> Result<Self, KeySetError> {
        let set: RawSet = serde_json::from_slice(bytes)
            .map_err(|error| KeySetError::Malformed(error.to_string()))?;
        if set.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany(set.keys.len()));
        }
        let keys: Vec<Key> = set.keys.into_iter().filter_map(Key::read).collect();
        match keys.is_empty() {
            true => Err(KeySetError::Empty),
            false => Ok(Self(keys)),
        }
    }

    /// Tells whether a key matches a token's header.
    pub fn has(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        self.fitting(id, algorithm).next().is_some()
    }

    /// Tells whether every matching key is too short.
    pub fn is_too_short(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        let mut fitting = self.fitting(id, algorithm).peekable();
        fitting.peek().is_some() && fitting.all(Key::is_too_short)
    }

    /// Tells whether one of the matching keys verifies `signature` of `message`.
    pub fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.fitting(id, algorithm)
            .any(|key| key.verify(algorithm, message, signature))
    }

    /// Returns the keys for `algorithm` with this id, or with any id if `id` is `None`.
    fn fitting(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        let of_id = self
            .0
            .iter()
            .filter(move |key| id.is_none() || key.id.as_deref() == id);
        of_id.filter(move |key| {
            key.family == algorithm.family() && key.only.is_none_or(|only| only == algorithm)
        })
    }
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let raw: RawKey = serde_json::from_value(value).ok()?;
        let signs = raw.purpose.as_deref().is_none_or(|it| it == "sig");
        let verifies = |operations: &Vec<String>| operations.iter().any(|it| it == "verify");
        if !signs || !raw.key_ops.as_ref().is_none_or(verifies) {
            return None;
        }
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let point = |length: usize| {
            let (x, y) = (bytes(&raw.x)?, bytes(&raw.y)?);
            let fits = x.len() == length && y.len() == length;
            // The uncompressed form of a point.
            fits.then(|| Public::Bytes([&[4], &x[..], &y[..]].concat()))
        };
        let (family, public) = match (raw.kty.as_str(), raw.crv.as_deref()) {
            ("RSA", _) => {
                let (n, e) = (unsigned(bytes(&raw.n)?), unsigned(bytes(&raw.e)?));
                (Family::Rsa, Public::Rsa { n, e })
            }
            ("EC", Some("P-256")) => (Family::P256, point(32)?),
            ("EC", Some("P-384")) => (Family::P384, point(48)?),
            ("OKP", Some("Ed25519")) => {
                let x = bytes(&raw.x).filter(|x| x.len() == 32)?;
                (Family::Ed25519, Public::Bytes(x))
            }
            _ => return None,
        };
        let only = match raw.alg.as_deref() {
            None => None,
            // A key for another algorithm verifies nothing.
            Some(name) => Some(name.parse().ok()?),
        };
        Some(Self {
            id: raw.kid,
            family,
            only,
            public,
        })
    }

    /// Whether it is an RSA key of fewer than [`MIN_RSA_BITS`], which verifies nothing.
    fn is_too_short(&self) -> bool {
        match &self.public {
            Public::Rsa { n, .. } => {
                let leading = n.first().map_or(0, |first| first.leading_zeros() as usize);
                n.len() * 8 - leading < MIN_RSA_BITS
            }
            Public::Bytes(_) => false,
        }
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (algorithm.check(), &self.public) {
            (Check::Rsa(parameters), Public::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                .verify(parameters, message, signature)
                .is_ok(),
            (Check::Other(check), Public::Bytes(bytes)) => UnparsedPublicKey::new(check, bytes)
                .verify(message, signature)
                .is_ok(),
            _ => false,
        }
    }
}

/// Removes leading zeros, which some servers write.
fn unsigned(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}
