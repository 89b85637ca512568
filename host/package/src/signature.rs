//! Signing and verifying. The crate's documentation describes the format.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::sections::{SIGNATURE, encode};
use crate::{Descriptor, PackageError, PublicKey, Requirement, SecretKey};

/// Keeps a signature from being valid in another context.
const DOMAIN: &[u8] = b"luminarys skill package signature v1\0";
const FORMAT: u8 = 1;
const HASH: &str = "sha-256";
const PREFIX: usize = 1 + 32 + 64;
/// The longest statement: large enough for every requirement that a descriptor can have.
const MAX_STATEMENT_BYTES: usize = 2 << 20;

/// The statement that is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    format: u8,
    hash: String,
    /// The hash of all bytes before the signature section, in hexadecimal.
    content: String,
    id: String,
    version: String,
    requirements: Vec<Requirement>,
}

/// A signature in a file; not verified yet.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The claimed signer.
    pub key: PublicKey,
    signature: [u8; 64],
    statement: Vec<u8>,
    /// The offset of the section: the end of the signed bytes.
    pub(crate) start: usize,
}

impl Signature {
    pub(crate) fn parse(data: &[u8], start: usize) -> Result<Self, PackageError> {
        let split = data.split_at_checked(PREFIX);
        let (head, statement) = split.ok_or_else(|| malformed("it is too short"))?;
        if head[0] != FORMAT {
            return Err(malformed("its format is not known to this version"));
        }
        if statement.len() > MAX_STATEMENT_BYTES {
            return Err(malformed("its statement is too long"));
        }
        let key = head[1..33].try_into().map_err(|_| malformed("no key"))?;
        let key = PublicKey::from_bytes(key).map_err(|error| malformed(&error.to_string()))?;
        let signature = head[33..]
            .try_into()
            .map_err(|_| malformed("no signature"))?;
        let statement = statement.to_vec();
        Ok(Self {
            key,
            signature,
            statement,
            start,
        })
    }

    /// Verifies that this signature was made by its key over exactly `content`, described by `descriptor`.
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
            .map_err(|error| malformed(&format!("its statement: {error}")))?;
        if statement.format != FORMAT || statement.hash != HASH {
            return Err(malformed(
                "its statement has a format not known to this version",
            ));
        }
        let expected = Statement::new(content, descriptor);
        if statement.content != expected.content {
            return Err(PackageError::Modified {
                found: expected.content,
                signed: statement.content,
            });
        }
        // The hash covers these too; a statement that differs was made by a faulty or malicious signer.
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
    pub fn new(content: &[u8], descriptor: &Descriptor) -> Self {
        let hash = Sha256::digest(content);
        Self {
            format: FORMAT,
            hash: HASH.to_owned(),
            content: luminarys_text::hexadecimal(&hash),
            id: descriptor.id.clone(),
            version: descriptor.skill_version.to_string(),
            requirements: descriptor.requirements.clone(),
        }
    }

    /// Encodes the signature section.
    pub fn sign(&self, key: &SecretKey) -> Result<Vec<u8>, PackageError> {
        let statement = serde_json::to_vec(self).map_err(|error| malformed(&error.to_string()))?;
        let mut data = vec![FORMAT];
        data.extend(key.public().as_bytes());
        data.extend(key.sign(&[DOMAIN, &statement].concat()));
        data.extend(statement);
        Ok(encode(SIGNATURE, &data))
    }
}

fn malformed(text: &str) -> PackageError {
    PackageError::MalformedSignature(text.to_owned())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::{Package, Trust, embed};

    /// A valid signature over a false statement about the package.
    fn lying(change: impl Fn(&mut Statement)) -> PackageError {
        let descriptor = serde_json::json!({ "version": 1, "id": "a.b.c", "name": "n",
            "skill_version": "1.2.3", "abi": "typed" });
        let descriptor = serde_json::from_value(descriptor).unwrap();
        let component = embed(b"\0asm\x0d\0\x01\0", &descriptor).unwrap();
        let key = SecretKey::generate().unwrap();
        let mut statement = Statement::new(&component, &descriptor);
        change(&mut statement);
        let package = [&component[..], &statement.sign(&key).unwrap()].concat();
        let package = Package::read(package).unwrap();
        package
            .verify(&Trust::Keys(vec![key.public()]))
            .unwrap_err()
    }

    #[test]
    fn a_statement_must_be_true_of_the_package() {
        let other = lying(|it| it.id = "a.b.d".to_owned());
        assert_eq!(other, PackageError::OtherPackage("id"));
        let other = lying(|it| it.version = "1.2.4".to_owned());
        assert_eq!(other, PackageError::OtherPackage("version"));
        let other = lying(|it| {
            it.requirements.push(Requirement {
                kind: "fs".to_owned(),
                pattern: "/".to_owned(),
                mode: None,
            });
        });
        assert_eq!(other, PackageError::OtherPackage("requirements"));
        let error = lying(|it| it.content = "00".repeat(32));
        assert!(matches!(error, PackageError::Modified { .. }), "{error}");
        let rows = [
            lying(|it| it.format = 2),
            lying(|it| it.hash = "md5".to_owned()),
        ];
        each_row(rows, |error| {
            assert!(
                matches!(error, PackageError::MalformedSignature(_)),
                "{error}"
            );
        });
    }
}
