//! Scheduled calls that all nodes of a cluster keep together: each is made by one node that runs its skill.
//!
//! - `store`: what the orchestrator uses; `taking`: taking a call, before it is made, and its end; `entries`: what is kept of a call
//! - `makers`: which nodes are gone

mod entries;
mod makers;
mod store;
mod taking;

pub(crate) use store::ClusterSchedules;
pub(crate) use taking::Making;
