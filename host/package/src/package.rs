//! Reading and verifying a package.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::sections::{DESCRIPTOR, SIGNATURE, custom_sections, encode};
use crate::{Descriptor, PackageError, PublicKey, Signature, Trust};

/// The largest package read, in bytes.
pub const MAX_PACKAGE_BYTES: u64 = 256 << 20;
const MAX_DESCRIPTOR_BYTES: usize = 1 << 20;

/// A package taken apart; not yet trusted.
#[derive(Clone, Debug)]
pub struct Package {
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// Its signature, unchecked; none when unsigned.
    pub signature: Option<Signature>,
    bytes: Arc<[u8]>,
}

/// A package that may be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who signed it; none only for an unsigned package under [`Trust::Any`].
    pub signer: Option<PublicKey>,
}

impl Package {
    /// Takes a file apart. Nothing in it is run, and nothing is trusted yet.
    ///
    /// # Errors
    /// [`PackageError`] when it is not a component with exactly one descriptor and at most one signature, at its end.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PackageError> {
        let size = bytes.len() as u64;
        if size > MAX_PACKAGE_BYTES {
            return Err(PackageError::TooLarge {
                size,
                limit: MAX_PACKAGE_BYTES,
            });
        }
        let mut descriptor = None;
        let mut signature = None;
        for section in custom_sections(&bytes)? {
            match section.name {
                DESCRIPTOR if descriptor.is_some() => {
                    return Err(PackageError::Repeated(DESCRIPTOR));
                }
                DESCRIPTOR if section.data.len() > MAX_DESCRIPTOR_BYTES => {
                    return Err(PackageError::Descriptor(format!(
                        "it is over {MAX_DESCRIPTOR_BYTES} bytes"
                    )));
                }
                DESCRIPTOR => descriptor = Some(Descriptor::from_json(section.data)?),
                SIGNATURE if signature.is_some() => return Err(PackageError::Repeated(SIGNATURE)),
                SIGNATURE => {
                    signature = Some((Signature::parse(section.data, section.start)?, section.end))
                }
                _ => {}
            }
        }
        if signature
            .as_ref()
            .is_some_and(|(_, end)| *end != bytes.len())
        {
            return Err(PackageError::Appended);
        }
        let descriptor = descriptor.ok_or(PackageError::NoDescriptor)?;
        Ok(Self {
            descriptor,
            signature: signature.map(|(signature, _)| signature),
            bytes: bytes.into(),
        })
    }

    /// The whole file: a component.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the whole file.
    pub fn content_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// Decides whether the package may be run. A signature that is there must be right, whatever is trusted.
    ///
    /// # Errors
    /// [`PackageError`], a variant a reason.
    pub fn verify(&self, trust: &Trust) -> Result<Verified, PackageError> {
        let Some(signature) = &self.signature else {
            return match trust {
                Trust::Any => Ok(Verified { signer: None }),
                Trust::Keys(_) => Err(PackageError::Unsigned),
            };
        };
        signature.check(&self.bytes[..signature.start], &self.descriptor)?;
        match trust {
            Trust::Keys(keys) if !keys.contains(&signature.key) => {
                Err(PackageError::UntrustedKey(signature.key.id()))
            }
            _ => Ok(Verified {
                signer: Some(signature.key.clone()),
            }),
        }
    }
}

/// Puts a descriptor into a component that has none.
///
/// # Errors
/// [`PackageError`] when the descriptor is not valid, the bytes are no component, or one is there already.
pub fn embed(component: &[u8], descriptor: &Descriptor) -> Result<Vec<u8>, PackageError> {
    descriptor.validate()?;
    for section in custom_sections(component)? {
        match section.name {
            DESCRIPTOR => return Err(PackageError::Repeated(DESCRIPTOR)),
            SIGNATURE => return Err(PackageError::AlreadySigned),
            _ => {}
        }
    }
    let json = serde_json::to_vec(descriptor)
        .map_err(|error| PackageError::Descriptor(error.to_string()))?;
    let mut out = component.to_vec();
    out.extend(encode(DESCRIPTOR, &json));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SecretKey, sign};

    const EMPTY: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

    fn component() -> Vec<u8> {
        let descriptor = serde_json::json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.2.3",
            "abi": "typed", "requirements": [{ "kind": "fs", "pattern": "/data", "mode": "ro" }] });
        embed(&EMPTY, &serde_json::from_value(descriptor).unwrap()).unwrap()
    }

    fn check(bytes: &[u8], trust: &Trust) -> Result<Verified, PackageError> {
        Package::read(bytes.to_vec())?.verify(trust)
    }

    #[test]
    fn a_signed_package_is_trusted_by_its_key_alone() {
        let (key, other) = (
            SecretKey::generate().unwrap(),
            SecretKey::generate().unwrap(),
        );
        let package = sign(&component(), &key).unwrap();
        let verified = check(&package, &Trust::Keys(vec![other.public(), key.public()])).unwrap();
        assert_eq!(verified.signer, Some(key.public()));
        let refused = check(&package, &Trust::Keys(vec![other.public()]));
        assert_eq!(refused, Err(PackageError::UntrustedKey(key.public().id())));
        assert!(check(&package, &Trust::Any).is_ok());
        assert_eq!(
            check(&component(), &Trust::Keys(vec![key.public()])),
            Err(PackageError::Unsigned)
        );
        assert_eq!(
            check(&component(), &Trust::Any),
            Ok(Verified { signer: None })
        );
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let key = SecretKey::generate().unwrap();
        let package = sign(&component(), &key).unwrap();
        let trust = Trust::Keys(vec![key.public()]);
        for position in 0..package.len() {
            for bit in 0..8 {
                let mut changed = package.clone();
                changed[position] ^= 1 << bit;
                assert!(
                    check(&changed, &trust).is_err(),
                    "byte {position} bit {bit}"
                );
            }
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        let key = SecretKey::generate().unwrap();
        let package = sign(&component(), &key).unwrap();
        let trust = Trust::Keys(vec![key.public()]);
        for length in 0..package.len() {
            assert!(check(&package[..length], &trust).is_err(), "{length} bytes");
        }
        let cut = check(&package[..package.len() - 1], &trust);
        assert!(
            matches!(cut, Err(PackageError::Truncated { .. })),
            "{cut:?}"
        );
    }

    #[test]
    fn each_kind_of_tampering_has_its_own_error() {
        let (key, other) = (
            SecretKey::generate().unwrap(),
            SecretKey::generate().unwrap(),
        );
        let package = sign(&component(), &key).unwrap();
        let trust = Trust::Keys(vec![key.public()]);

        let appended = [&package[..], &encode("note", b"x")].concat();
        assert_eq!(check(&appended, &trust), Err(PackageError::Appended));
        assert_eq!(sign(&package, &other), Err(PackageError::AlreadySigned));

        let second = sign(&component(), &other).unwrap();
        let twice = [&package[..], &second[component().len()..]].concat();
        assert_eq!(
            check(&twice, &trust),
            Err(PackageError::Repeated(SIGNATURE))
        );

        // A signature of another file, moved here.
        let mut described = component();
        described.extend(encode("note", b"x"));
        let moved = [&described[..], &package[component().len()..]].concat();
        assert!(matches!(
            check(&moved, &trust),
            Err(PackageError::Modified { .. })
        ));

        // The header is signed too: a component relabelled as a core module is not one.
        let mut relabelled = package.clone();
        relabelled[4..8].copy_from_slice(&[1, 0, 0, 0]);
        assert!(matches!(
            check(&relabelled, &trust),
            Err(PackageError::NotAComponent(_))
        ));

        let mut forged = package.clone();
        let signature = component().len() + (package.len() - component().len()) - 10;
        forged[signature] ^= 1;
        assert!(matches!(
            check(&forged, &trust),
            Err(PackageError::BadSignature(_))
        ));
        assert!(matches!(
            check(b"\0asm", &trust),
            Err(PackageError::NotAComponent(_))
        ));
        assert_eq!(check(&EMPTY, &trust), Err(PackageError::NoDescriptor));
    }
}
