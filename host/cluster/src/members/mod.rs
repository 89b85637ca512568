//! Who belongs to the cluster, and what each node runs.
//!
//! - `lease`: what a node tells of itself; `view`: what is known of the others; `membership`: both over NATS
//! - `renewal`: keeps the lease; `watching`: keeps the view; `shared`: what both share; `look`: looks at
//!   the members without being one; `error`: errors

mod error;
mod lease;
mod look;
mod membership;
mod renewal;
mod shared;
mod view;
mod watching;

pub use error::MembersError;
pub use lease::{Lease, LeaseError, MAX_LEASE, MAX_OFFERS, Offer};
pub use look::look_at_members;
pub use membership::Members;
pub use renewal::RENEWAL;
pub use view::{LEASE, Member};
