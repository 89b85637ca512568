//! Errors of membership.

use thiserror::Error;

use crate::members::lease::LeaseError;
use crate::names::NodeName;
use crate::streams::StreamError;

/// A node cannot become a member.
#[derive(Debug, Error)]
pub enum MembersError {
    /// The bucket cannot be used.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// What the node offers is not allowed.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// Another process has the same name.
    #[error(
        "another process is member of the cluster as {0}, so this one serves only its own skills; give each node a name of its \
         own (cluster.node), and connect clients to the node that runs over HTTP (`luminarys connect CLIENT --http`)"
    )]
    NameTaken(NodeName),
    /// The lease cannot be written.
    #[error("the lease cannot be written: {0}")]
    Write(String),
    /// The leases cannot be read.
    #[error("the leases cannot be read: {0}")]
    Read(String),
    /// There are no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(String),
}
