//! How publishing and pulling fail.

use std::net::IpAddr;
use std::path::PathBuf;

use luminarys_package::PackageError;
use thiserror::Error;

use crate::{Digest, Reference, ReferenceError};

/// A package that was not published, or not pulled. No message holds a credential.
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
        "{host} is not a loopback address: without TLS anyone between could read the credentials and replace what is pulled; \
         use TLS"
    )]
    NotLoopback {
        /// The host.
        host: String,
    },
    /// A name without addresses.
    #[error("the host {host} was not found: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// Why.
        reason: String,
    },
    /// No connection, or one that broke.
    #[error("talking to {host} failed: {reason}")]
    Connection {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// A registry that sends elsewhere, where it must not.
    #[error("{registry} sends to {target}, which is refused: {reason}")]
    Redirect {
        /// The registry.
        registry: String,
        /// Where to.
        target: String,
        /// Why not.
        reason: String,
    },
    /// A registry that sends to an address of the inner network.
    #[error("{registry} sends to {host}, whose address {address} is not public; that is refused")]
    Inner {
        /// The registry.
        registry: String,
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// Credentials asked for by another host.
    #[error(
        "{registry} asks for its credentials to be sent to {realm}, another organisation's host; they are not sent. If the \
         repository is public, remove the credentials for {registry}"
    )]
    ForeignRealm {
        /// The registry.
        registry: String,
        /// Where they would go.
        realm: String,
    },
    /// A challenge or token that cannot be used.
    #[error("{registry} asks for credentials in a way that is not understood: {reason}")]
    Challenge {
        /// The registry.
        registry: String,
        /// Why.
        reason: String,
    },
    /// The credentials do not suffice.
    #[error(
        "{registry} does not let {who} {what}{said}; log in with `docker login {registry}`, or name a user"
    )]
    Unauthorized {
        /// The registry.
        registry: String,
        /// The user.
        who: String,
        /// What was asked.
        what: String,
        /// The registry's words.
        said: String,
    },
    /// Nothing there.
    #[error("{reference} does not exist: {reason}")]
    Missing {
        /// What was asked for.
        reference: Box<Reference>,
        /// What is there instead.
        reason: String,
    },
    /// Another answer than the protocol's.
    #[error("asked to {what}, {registry} answered {status}{said}")]
    Answer {
        /// The registry.
        registry: String,
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// More bytes than are read.
    #[error("{what} is over {limit} bytes; no more are read")]
    TooLarge {
        /// What.
        what: String,
        /// The bound.
        limit: u64,
    },
    /// Other bytes than were asked for.
    #[error(
        "{what} is not what its digest says: expected {expected}, got {found}; the registry's copy is damaged or was replaced"
    )]
    Digest {
        /// What.
        what: String,
        /// The digest asked for.
        expected: Digest,
        /// That of the answer.
        found: Digest,
    },
    /// Something else than a skill.
    #[error("{reference} is no skill: {reason}")]
    NotASkill {
        /// What was asked for.
        reference: Box<Reference>,
        /// Why.
        reason: String,
    },
    /// The layer is no package of ours.
    #[error("{reference}: {error}")]
    Package {
        /// What was asked for.
        reference: Box<Reference>,
        /// Why.
        error: PackageError,
    },
    /// It took too long.
    #[error("{registry} was given up on after {minutes} minutes")]
    Patience {
        /// The registry.
        registry: String,
        /// How long.
        minutes: u64,
    },
    /// Something of our own.
    #[error("{0}")]
    Setup(String),
}
