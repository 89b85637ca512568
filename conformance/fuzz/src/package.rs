//! A package file: nothing but a valid one is believed, and nothing makes the reader fail in another way than by saying so.

use luminarys_package::{Package, PublicKey, SecretKey, Trust};

/// Reads a package file, and a key file.
pub fn check(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(key) = SecretKey::from_text(text) {
            assert!(SecretKey::from_text(&key.to_text()).is_ok());
        }
        if let Ok(key) = PublicKey::from_text(text) {
            assert!(PublicKey::from_text(&key.to_text()).is_ok());
        }
    }
    if let Ok(package) = Package::read(bytes.to_vec()) {
        assert!(package.unsigned().len() <= bytes.len());
        // Nobody is trusted.
        assert!(package.verify(&Trust::Keys(Vec::new())).is_err());
        let _ = package.verify(&Trust::Any);
    }
}
