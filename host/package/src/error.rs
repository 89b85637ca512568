//! How a package or a key can be wrong: one variant a way, since each asks for another remedy.

use thiserror::Error;

/// A file that is not a package to trust.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PackageError {
    /// Not WebAssembly, or not a component.
    #[error("not a component: {0}")]
    NotAComponent(String),
    /// The file ends in the middle of a section.
    #[error("the file is truncated or damaged at byte {offset}: {reason}; fetch it again")]
    Truncated {
        /// Where reading failed.
        offset: u64,
        /// Why.
        reason: String,
    },
    /// More bytes than are read.
    #[error("the package is {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The file's size.
        size: u64,
        /// The bound.
        limit: u64,
    },
    /// No descriptor section.
    #[error("no descriptor: the component was not made by `lmsk build`")]
    NoDescriptor,
    /// A descriptor that makes no sense.
    #[error("the descriptor is not usable: {0}")]
    Descriptor(String),
    /// A second descriptor.
    #[error("there are two descriptors; the file was put together from several packages")]
    SecondDescriptor,
    /// A second signature.
    #[error(
        "there are two signatures, and a package has one; sign the component that `lmsk build` made, not a package"
    )]
    SecondSignature,
    /// Bytes follow the signature.
    #[error("something was appended after the signature; fetch the file again")]
    Appended,
    /// Asked to sign, or to describe, what is signed.
    #[error("the package is signed already; sign the component it was made from")]
    AlreadySigned,
    /// The signature section cannot be read.
    #[error("the signature cannot be read: {0}")]
    MalformedSignature(String),
    /// The content is not what was signed.
    #[error("the content was changed after signing: its SHA-256 is {found}, signed was {signed}")]
    Modified {
        /// What the file has.
        found: String,
        /// What the statement says.
        signed: String,
    },
    /// The statement tells of another skill than the descriptor.
    #[error("the signature was made for another package: {0} differs from the descriptor")]
    OtherPackage(&'static str),
    /// The signature does not fit the statement and key.
    #[error("the signature is wrong for key {0}")]
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

/// A key that cannot be read. No message shows the text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The text has another form.
    #[error("not a {expected}: one line `{prefix}…` was expected")]
    Form {
        /// What was asked for.
        expected: &'static str,
        /// How its line begins.
        prefix: &'static str,
    },
    /// A secret key where a public one belongs.
    #[error("this is a secret key; give the public one, in the `.pub` file beside it")]
    SecretGiven,
    /// A public key where a secret one belongs.
    #[error("this is a public key; the secret one is in the file without `.pub`")]
    PublicGiven,
    /// More keys than one.
    #[error("there are several keys; one was expected")]
    Several,
    /// The bytes are no point on the curve, or weak.
    #[error(
        "the public key is not usable: it is no point on the curve, or one that proves nothing"
    )]
    Weak,
    /// No randomness.
    #[error("the system gave no random bytes: {0}")]
    Random(String),
}
