//! Looks at the members without being one.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::kv::Operation;
use futures::TryStreamExt as _;

use crate::connection::Connection;
use crate::members::error::MembersError;
use crate::members::lease::Lease;
use crate::members::membership::members_bucket;
use crate::members::view::Member;
use crate::names::NodeName;
use crate::streams::existing_bucket;

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Returns the members of the cluster, in order of their names, to a program that is not one of them.
///
/// # Errors
/// [`MembersError`].
pub async fn look_at_members(connection: &Connection) -> Result<Vec<Member>, MembersError> {
    let mut context = jetstream::new(connection.client().clone());
    context.set_timeout(ANSWER);
    let bucket = members_bucket(connection);
    let Some(store) = existing_bucket(&context, &bucket).await? else {
        return Ok(Vec::new());
    };
    let failed = |error: &dyn std::fmt::Display| MembersError::Read(error.to_string());
    let keys = store.keys().await.map_err(|error| failed(&error))?;
    let keys: Vec<String> = keys.try_collect().await.map_err(|error| failed(&error))?;
    let mut members = Vec::new();
    for key in keys {
        let entry = store.entry(&key).await.map_err(|error| failed(&error))?;
        // It may have left meanwhile.
        let Some(entry) = entry.filter(|entry| entry.operation == Operation::Put) else {
            continue;
        };
        if let (Ok(node), Ok(lease)) = (NodeName::new(&key), Lease::parse(&entry.value)) {
            members.push(Member { node, lease });
        }
    }
    members.sort_by(|one, other| one.node.cmp(&other.node));
    Ok(members)
}
