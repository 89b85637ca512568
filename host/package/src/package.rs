//! Reading and verifying a package.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wasmparser::{Parser, Payload};

use crate::sections::{DESCRIPTOR, MAX_PACKAGE_BYTES, Sections, encode};
use crate::{Descriptor, PackageError, PublicKey, Signature, Trust};

/// A parsed package; not yet trusted.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// Its signature, not verified; `None` if unsigned.
    pub signature: Option<Signature>,
    bytes: Arc<[u8]>,
}

/// A package that may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its signer; `None` only for an unsigned package under [`Trust::Any`].
    pub signer: Option<PublicKey>,
}

impl Package {
    /// Parses a file. Nothing in it is run, and nothing is trusted yet.
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
        let sections = Sections::read(&bytes)?;
        let signature = match sections.signature {
            Some((data, start)) => Some(Signature::parse(data, start)?),
            None => None,
        };
        let descriptor = sections.descriptor.ok_or(PackageError::NoDescriptor)?;
        let descriptor = Descriptor::from_json(descriptor)?;
        Ok(Self {
            descriptor,
            signature,
            bytes: bytes.into(),
        })
    }

    /// Returns the whole file, which is a component.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the component without the signature, to be signed with another key.
    pub fn unsigned(&self) -> &[u8] {
        match &self.signature {
            Some(signature) => &self.bytes[..signature.start],
            None => &self.bytes,
        }
    }

    /// Returns the SHA-256 of the whole file.
    pub fn content_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// Decides whether the package may run. A signature must be valid if there is one, even if everything is trusted.
    ///
    /// # Errors
    /// [`PackageError`], with one variant for each reason.
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

/// Returns the imports of a component or core module itself, without those nested in it.
///
/// # Errors
/// [`PackageError::NotAComponent`] when its sections cannot be read.
pub fn imports(bytes: &[u8]) -> Result<Vec<String>, PackageError> {
    let failed =
        |error: wasmparser::BinaryReaderError| PackageError::NotAComponent(error.to_string());
    let mut names = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(failed)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // A core module's own.
            Payload::ImportSection(section) if depth == 0 => {
                for import in section.into_imports() {
                    let import = import.map_err(failed)?;
                    names.push(format!("{} {}", import.module, import.name));
                }
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import.map_err(failed)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Adds a descriptor to a component that has none.
///
/// # Errors
/// [`PackageError`] when the descriptor is not valid, the bytes are not a component, or it has a descriptor already.
pub fn embed(component: &[u8], descriptor: &Descriptor) -> Result<Vec<u8>, PackageError> {
    let json = descriptor.to_json()?;
    let sections = Sections::read(component)?;
    if sections.signature.is_some() {
        return Err(PackageError::AlreadySigned);
    }
    if sections.descriptor.is_some() {
        return Err(PackageError::SecondDescriptor);
    }
    Ok([component, &encode(DESCRIPTOR, &json)].concat())
}
