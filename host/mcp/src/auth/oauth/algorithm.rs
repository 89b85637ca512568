//! Signature algorithms (RFC 7518, RFC 8037): those with a public key only. `none` and algorithms with a shared
//! secret are not representable, so no token can select them.

use std::fmt;
use std::str::FromStr;

use ring::signature as ring;
use thiserror::Error;

/// The algorithm a token is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA, PKCS #1 1.5, with SHA-256.
    Rs256,
    /// The same with SHA-384.
    Rs384,
    /// The same with SHA-512.
    Rs512,
    /// RSA, PSS, with SHA-256.
    Ps256,
    /// The same with SHA-384.
    Ps384,
    /// The same with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// A name that is not one of these algorithms.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("is not one of {}", names().join(", "))]
pub struct AlgorithmError;

/// The family of keys that an algorithm needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// How a signature is checked.
pub(super) enum Check {
    Rsa(&'static ring::RsaParameters),
    Other(&'static dyn ring::VerificationAlgorithm),
}

fn names() -> Vec<&'static str> {
    Algorithm::ALL.iter().map(Algorithm::name).collect()
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Returns the name used in a token's header.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) fn family(self) -> Family {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 => Family::Rsa,
            Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::P256,
            Self::Es384 => Family::P384,
            Self::EdDsa => Family::Ed25519,
        }
    }

    pub(super) fn check(self) -> Check {
        match self {
            Self::Rs256 => Check::Rsa(&ring::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Check::Rsa(&ring::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Check::Rsa(&ring::RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Check::Rsa(&ring::RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Check::Rsa(&ring::RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Check::Rsa(&ring::RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Check::Other(&ring::ECDSA_P256_SHA256_FIXED),
            Self::Es384 => Check::Other(&ring::ECDSA_P384_SHA384_FIXED),
            Self::EdDsa => Check::Other(&ring::ED25519),
        }
    }
}

impl FromStr for Algorithm {
    type Err = AlgorithmError;

    fn from_str(name: &str) -> Result<Self, AlgorithmError> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name() == name)
            .ok_or(AlgorithmError)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
