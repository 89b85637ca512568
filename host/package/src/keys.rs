//! Ed25519 keys and their text form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::KeyError;

const SECRET_PREFIX: &str = "luminarys-secret-key-v1:";
const PUBLIC_PREFIX: &str = "luminarys-public-key-v1:";

/// The packages that may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Every package, even an unsigned one. For development.
    Any,
    /// Packages signed by one of these keys.
    Keys(Vec<PublicKey>),
}

/// A signing key. Wiped from memory when dropped; never printed.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Generates a key from the system's random number generator.
    ///
    /// # Errors
    /// [`KeyError::Random`] if that fails.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Returns the text form, with a line end. Wiped from memory when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Allocated at once, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(128));
        text.push_str(SECRET_PREFIX);
        BASE64.encode_string(Zeroizing::new(self.0.to_bytes()).as_slice(), &mut text);
        text.push('\n');
        text
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`KeyError`] for any other text.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = only_line(text)?;
        if line.is_some_and(|line| line.starts_with(PUBLIC_PREFIX)) {
            return Err(KeyError::PublicGiven);
        }
        let seed = line.and_then(|line| decode(line, SECRET_PREFIX));
        let seed = seed.ok_or(KeyError::Form {
            expected: "secret key",
            prefix: SECRET_PREFIX,
        })?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Returns the public key that verifies this key's signatures.
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

/// A key that verifies signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Returns the text form, with a line end.
    pub fn to_text(&self) -> String {
        format!("{PUBLIC_PREFIX}{}\n", BASE64.encode(self.0.as_bytes()))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`KeyError`] for any other text, and for weak keys.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let line = only_line(text)?;
        if line.is_some_and(|line| line.starts_with(SECRET_PREFIX)) {
            return Err(KeyError::SecretGiven);
        }
        let key = line.and_then(|line| decode(line, PUBLIC_PREFIX));
        let key = key.ok_or(KeyError::Form {
            expected: "public key",
            prefix: PUBLIC_PREFIX,
        })?;
        Self::from_bytes(&key)
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

    /// Returns a short name for people: the first ten bytes of the key's SHA-256, in hexadecimal.
    pub fn id(&self) -> String {
        luminarys_text::hexadecimal(&Sha256::digest(self.0.as_bytes())[..10])
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

/// Returns the only line with content.
fn only_line(text: &str) -> Result<Option<&str>, KeyError> {
    let lines = text.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next();
    if line.is_some() && lines.next().is_some() {
        return Err(KeyError::Several);
    }
    Ok(line)
}

fn decode(line: &str, prefix: &str) -> Option<Zeroizing<[u8; 32]>> {
    let encoded = line.strip_prefix(prefix)?.split_whitespace().next()?;
    let bytes = Zeroizing::new(BASE64.decode(encoded).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn keys_survive_a_round_trip_as_text() {
        let secret = SecretKey::generate().unwrap();
        let text = format!("# mine\n\n{} a comment", secret.to_text().trim());
        let again = SecretKey::from_text(&text).unwrap();
        assert_eq!(again.public(), secret.public());
        let public = secret.public();
        assert_eq!(PublicKey::from_text(&public.to_text()).unwrap(), public);
        let twice = SecretKey::from_text(&format!("{text}\n{text}"));
        assert_eq!(twice.unwrap_err(), KeyError::Several);
    }

    #[test]
    fn the_text_form_is_fixed() {
        // RFC 8032, 7.1, test 1.
        let seed = "luminarys-secret-key-v1:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n";
        let public = "luminarys-public-key-v1:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n";
        let key = SecretKey::from_text(seed).unwrap();
        assert_eq!(key.to_text().as_str(), seed);
        assert_eq!(key.public().to_text(), public);
        assert_eq!(key.sign(b"")[..4], [0xe5, 0x56, 0x43, 0x00]);
    }

    #[test]
    fn public_and_secret_keys_are_not_confused() {
        let secret = SecretKey::generate().unwrap();
        let swapped = PublicKey::from_text(&secret.to_text());
        assert_eq!(swapped, Err(KeyError::SecretGiven));
        let swapped = SecretKey::from_text(&secret.public().to_text());
        assert_eq!(swapped.unwrap_err(), KeyError::PublicGiven);
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = SecretKey::generate().unwrap();
        let shown = format!("{secret:?}");
        assert_eq!(shown, format!("SecretKey({})", secret.public().id()));
        assert_eq!(secret.public().id().len(), 20);
    }

    #[test]
    fn other_texts_are_errors_that_do_not_show_them() {
        let rows = [
            "",
            "hello",
            "luminarys-secret-key-v1:",
            "luminarys-secret-key-v1:AAAA",
            "luminarys-secret-key-v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "luminarys-secret-key-v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ];
        each_row(rows, |text| {
            let error = SecretKey::from_text(text).unwrap_err();
            assert!(matches!(error, KeyError::Form { .. }), "{text}");
            assert!(!error.to_string().contains("AAAA"), "{error}");
        });
        let weak = format!("{PUBLIC_PREFIX}{}", BASE64.encode([0; 32]));
        assert_eq!(PublicKey::from_text(&weak), Err(KeyError::Weak));
    }
}
