//! Errors of packages and keys: one variant for each remedy.

use thiserror::Error;

/// A file that is not a trusted package.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PackageError {
    /// Not WebAssembly, or not a component.
    #[error("not a component: {0}")]
    NotAComponent(String),
    /// The file ends in the middle of a section.
    #[error("the file is truncated or damaged at byte {offset}: {reason}; download it again")]
    Truncated {
        /// Where reading failed.
        offset: u64,
        /// Why.
        reason: String,
    },
    /// The file is larger than the limit.
    #[error("the package has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// The file's size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// No descriptor section.
    #[error("no descriptor: the component was not built by `lmsk build`")]
    NoDescriptor,
    /// An invalid descriptor.
    #[error("the descriptor is not valid: {0}")]
    Descriptor(String),
    /// A second descriptor.
    #[error("there are two descriptors; the file was assembled from several packages")]
    SecondDescriptor,
    /// A second signature.
    #[error(
        "there are two signatures, and a package has one; sign the component that `lmsk build` created, not a package"
    )]
    SecondSignature,
    /// Bytes follow the signature.
    #[error("data was appended after the signature; download the file again")]
    Appended,
    /// The package to sign or to describe is signed already.
    #[error("the package is signed already; sign the component it was made from")]
    AlreadySigned,
    /// The signature section cannot be read.
    #[error("the signature cannot be read: {0}")]
    MalformedSignature(String),
    /// The content differs from what was signed.
    #[error(
        "the content was changed after signing: its SHA-256 is {found}, the signed one {signed}"
    )]
    Modified {
        /// The hash of the file.
        found: String,
        /// The hash in the statement.
        signed: String,
    },
    /// The statement describes another skill than the descriptor.
    #[error("the signature was made for another package: {0} differs from the descriptor")]
    OtherPackage(&'static str),
    /// The signature does not verify with the statement and key.
    #[error("the signature is not valid for key {0}")]
    BadSignature(String),
    /// Signed by a key that is not trusted.
    #[error(
        "signed by key {0}, which is not trusted; to trust it, add its `.pub` file to `trust` in the configuration"
    )]
    UntrustedKey(String),
    /// Not signed at all.
    #[error("not signed; sign it with `lmsk sign`, or set `trust: any` to run unsigned packages")]
    Unsigned,
}

/// A key that cannot be read. The messages do not contain its text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The text has another format.
    #[error("not a {expected}: one line `{prefix}…` was expected")]
    Form {
        /// The expected kind of key.
        expected: &'static str,
        /// The prefix of its line.
        prefix: &'static str,
    },
    /// A secret key instead of a public one.
    #[error("this is a secret key; give the public one, in the `.pub` file beside it")]
    SecretGiven,
    /// A public key instead of a secret one.
    #[error("this is a public key; the secret one is in the file without `.pub`")]
    PublicGiven,
    /// More than one key.
    #[error("there are several keys; one was expected")]
    Several,
    /// The bytes are not a point on the curve, or the key is weak.
    #[error(
        "the public key is not valid: it is not a point on the curve, or a weak one that proves nothing"
    )]
    Weak,
    /// No randomness.
    #[error("the system has no random bytes: {0}")]
    Random(String),
}
