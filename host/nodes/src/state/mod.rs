//! Namespaces that the nodes of a cluster keep together.
//!
//! - `replicas`: this node's copies; `shared_store`: the namespaces that skills share; `error`: what skills are told of errors

mod error;
mod replicas;
mod shared_store;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub(crate) use error::{Failure, explain};
pub(crate) use replicas::Replicas;
pub(crate) use shared_store::ClusterStore;
