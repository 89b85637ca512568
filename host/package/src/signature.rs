//! What is signed, and checking it.
//!
//! The signature section holds: one format byte (1), the public key (32 bytes), the signature (64 bytes), and the
//! statement, JSON, to the section's end. The signature is over the domain text [`DOMAIN`] followed by the statement's
//! bytes as they stand.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::sections::{SIGNATURE, custom_sections, encode};
use crate::{Descriptor, Package, PackageError, PublicKey, Requirement, SecretKey};

/// Keeps a signature made here from meaning anything elsewhere.
const DOMAIN: &[u8] = b"luminarys skill package signature v1\0";
const FORMAT: u8 = 1;
const PREFIX: usize = 1 + 32 + 64;

/// The statement that is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    /// SHA-256 of every byte before the signature section, in hexadecimal.
    sha256: String,
    id: String,
    version: String,
    requirements: Vec<Requirement>,
}

/// A signature as it stands in a file; not yet checked.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Who says to have signed.
    pub key: PublicKey,
    signature: [u8; 64],
    statement: Vec<u8>,
    /// Where the section begins: the end of what is signed.
    pub(crate) start: usize,
}

impl Signature {
    pub(crate) fn parse(data: &[u8], start: usize) -> Result<Self, PackageError> {
        let malformed = |text: &str| PackageError::MalformedSignature(text.to_owned());
        let (head, statement) = data
            .split_at_checked(PREFIX)
            .ok_or_else(|| malformed("it is too short"))?;
        if head[0] != FORMAT {
            return Err(malformed("its format is not known to this version"));
        }
        let key = head[1..33].try_into().map_err(|_| malformed("no key"))?;
        let key = PublicKey::from_bytes(key).map_err(|error| malformed(&error.to_string()))?;
        let signature = head[33..]
            .try_into()
            .map_err(|_| malformed("no signature"))?;
        Ok(Self {
            key,
            signature,
            statement: statement.to_vec(),
            start,
        })
    }

    /// Checks that this signature was made by its key over exactly `content`, described by `descriptor`.
    pub(crate) fn check(
        &self,
        content: &[u8],
        descriptor: &Descriptor,
    ) -> Result<(), PackageError> {
        let message = [DOMAIN, &self.statement].concat();
        if !self.key.verifies(&message, &self.signature) {
            return Err(PackageError::BadSignature(self.key.id()));
        }
        let statement: Statement = serde_json::from_slice(&self.statement)
            .map_err(|error| PackageError::MalformedSignature(error.to_string()))?;
        let expected = Statement::new(content, descriptor);
        if statement.sha256 != expected.sha256 {
            return Err(PackageError::Modified {
                found: expected.sha256,
                signed: statement.sha256,
            });
        }
        // The hash covers these too; a statement that says otherwise was made by a faulty or lying signer.
        for (what, same) in [
            ("id", statement.id == expected.id),
            ("version", statement.version == expected.version),
            (
                "requirements",
                statement.requirements == expected.requirements,
            ),
        ] {
            if !same {
                return Err(PackageError::OtherPackage(what));
            }
        }
        Ok(())
    }
}

impl Statement {
    fn new(content: &[u8], descriptor: &Descriptor) -> Self {
        Self {
            sha256: Sha256::digest(content)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            id: descriptor.id.clone(),
            version: descriptor.skill_version.to_string(),
            requirements: descriptor.requirements.clone(),
        }
    }
}

/// Signs a component that has its descriptor. Returns the package's bytes.
///
/// # Errors
/// [`PackageError`] when it is no such component, or is signed already.
pub fn sign(component: &[u8], key: &SecretKey) -> Result<Vec<u8>, PackageError> {
    if custom_sections(component)?
        .iter()
        .any(|section| section.name == SIGNATURE)
    {
        return Err(PackageError::AlreadySigned);
    }
    let package = Package::read(component.to_vec())?;
    let statement = Statement::new(component, &package.descriptor);
    let statement = serde_json::to_vec(&statement)
        .map_err(|error| PackageError::MalformedSignature(error.to_string()))?;
    let signature = key.sign(&[DOMAIN, &statement].concat());
    let mut data = vec![FORMAT];
    data.extend(key.public().as_bytes());
    data.extend(signature);
    data.extend(statement);
    let mut out = component.to_vec();
    out.extend(encode(SIGNATURE, &data));
    Ok(out)
}
