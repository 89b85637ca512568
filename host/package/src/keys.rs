//! Ed25519 keys and their text form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::KeyError;

const SECRET_PREFIX: &str = "luminarys-secret-key-v1:";
const PUBLIC_PREFIX: &str = "luminarys-public-key-v1:";

/// Which packages are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Every package, even an unsigned one. For development.
    Any,
    /// Those signed by one of these keys.
    Keys(Vec<PublicKey>),
}

/// A key that signs. Wiped from memory when dropped; never shown.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Random`] when there is none.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The text form, with a line end.
    pub fn to_text(&self) -> String {
        format!("{SECRET_PREFIX}{}\n", BASE64.encode(self.0.to_bytes()))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`KeyError::Form`] for any other text.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let failed = KeyError::Form {
            expected: "secret key",
            prefix: SECRET_PREFIX,
        };
        Ok(Self(SigningKey::from_bytes(
            &decode(text, SECRET_PREFIX).ok_or(failed)?,
        )))
    }

    /// The key that checks this one's signatures.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey({})", self.public().id())
    }
}

/// A key that checks signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The text form, with a line end.
    pub fn to_text(&self) -> String {
        format!("{PUBLIC_PREFIX}{}\n", BASE64.encode(self.0.as_bytes()))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`KeyError`] for any other text, and for keys under which signatures prove nothing.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let failed = KeyError::Form {
            expected: "public key",
            prefix: PUBLIC_PREFIX,
        };
        Self::from_bytes(&decode(text, PUBLIC_PREFIX).ok_or(failed)?)
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(KeyError::Weak),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// A short name for people: the first ten bytes of the key's SHA-256, in hexadecimal.
    pub fn id(&self) -> String {
        Sha256::digest(self.0.as_bytes())
            .iter()
            .take(10)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0
            .verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature))
            .is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.id())
    }
}

fn decode(text: &str, prefix: &str) -> Option<[u8; 32]> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let encoded = line.strip_prefix(prefix)?.split_whitespace().next()?;
    BASE64.decode(encoded).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text() {
        let secret = SecretKey::generate().unwrap();
        let text = format!("# mine\n\n{} a comment", secret.to_text().trim());
        assert_eq!(
            SecretKey::from_text(&text).unwrap().public(),
            secret.public()
        );
        let public = secret.public();
        assert_eq!(PublicKey::from_text(&public.to_text()).unwrap(), public);
        assert!(
            PublicKey::from_text(&secret.to_text()).is_err(),
            "a secret key is no public one"
        );
        assert!(!format!("{secret:?}").contains(&secret.to_text()[24..30]));
    }

    #[test]
    fn other_texts_are_errors_that_do_not_show_them() {
        for text in [
            "",
            "hello",
            "luminarys-secret-key-v1:",
            "luminarys-secret-key-v1:AAAA",
            "luminarys-secret-key-v2:x",
        ] {
            let error = SecretKey::from_text(text).unwrap_err();
            assert!(matches!(error, KeyError::Form { .. }), "{text}");
        }
        let weak = format!("{PUBLIC_PREFIX}{}", BASE64.encode([0; 32]));
        assert_eq!(PublicKey::from_text(&weak), Err(KeyError::Weak));
    }
}
