//! Errors of publishing and pulling.

use std::net::IpAddr;
use std::path::PathBuf;

use luminarys_package::PackageError;
use thiserror::Error;

use crate::{Digest, Reference, ReferenceError};

/// Why a package was not published or pulled. The messages have no credentials.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// A text that is not a reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Docker's configuration.
    #[error("the credentials in {path} cannot be used: {reason}")]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// HTTP without TLS to a host that is not this machine.
    #[error(
        "{host} is not a loopback address: without TLS others on the network could read the credentials and replace the package; \
         use TLS"
    )]
    NotLoopback {
        /// The host.
        host: String,
    },
    /// A host name without addresses.
    #[error("the host {host} was not found: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// Why.
        reason: String,
    },
    /// The connection failed or broke.
    #[error("talking to {host} failed: {reason}")]
    Connection {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// A redirect that is not allowed.
    #[error("{registry} redirects to {target}, which is refused: {reason}")]
    Redirect {
        /// The registry.
        registry: String,
        /// The target.
        target: String,
        /// The reason.
        reason: String,
    },
    /// A redirect to an address of the internal network.
    #[error(
        "{registry} redirects to {host}, whose address {address} is not public, which is refused"
    )]
    Inner {
        /// The registry.
        registry: String,
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// Another host asks for the credentials.
    #[error(
        "{registry} asks to send its credentials to {realm}, a host of another organisation; they are not sent. If the \
         repository is public, remove the credentials for {registry}"
    )]
    ForeignRealm {
        /// The registry.
        registry: String,
        /// The host that asks.
        realm: String,
    },
    /// A challenge or token that cannot be used.
    #[error("{registry} asks for credentials in an unsupported way: {reason}")]
    Challenge {
        /// The registry.
        registry: String,
        /// Why.
        reason: String,
    },
    /// The credentials are not sufficient.
    #[error(
        "{registry} does not allow {who} to {what}{outcome}; log in with `docker login {registry}`, or name a user"
    )]
    Unauthorized {
        /// The registry.
        registry: String,
        /// The user.
        who: String,
        /// The operation.
        what: String,
        /// The registry's message.
        outcome: String,
    },
    /// It does not exist.
    #[error("{reference} does not exist: {reason}")]
    Missing {
        /// The expected kind of key.
        reference: Box<Reference>,
        /// The existing tags.
        reason: String,
    },
    /// An unexpected response.
    #[error("asked to {what}, {registry} answered {status}{outcome}")]
    Answer {
        /// The registry.
        registry: String,
        /// The operation.
        what: String,
        /// The status.
        status: u16,
        /// Its message.
        outcome: String,
    },
    /// The file is larger than the limit.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// The content does not have the requested digest.
    #[error(
        "{what} does not match its digest: expected {expected}, got {found}; the registry's copy is damaged or was replaced"
    )]
    Digest {
        /// What.
        what: String,
        /// The requested digest.
        expected: Digest,
        /// The digest of the content.
        found: Digest,
    },
    /// The artifact is not a skill.
    #[error("{reference} is no skill: {reason}")]
    NotASkill {
        /// The expected kind of key.
        reference: Box<Reference>,
        /// Why.
        reason: String,
    },
    /// The layer is not a skill package.
    #[error("{reference}: {error}")]
    Package {
        /// The expected kind of key.
        reference: Box<Reference>,
        /// Why.
        error: PackageError,
    },
    /// It took too long.
    #[error("{registry} did not finish within {minutes} minutes")]
    Patience {
        /// The registry.
        registry: String,
        /// How long.
        minutes: u64,
    },
    /// A local failure.
    #[error("{0}")]
    Setup(String),
}
