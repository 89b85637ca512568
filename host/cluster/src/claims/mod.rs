//! Firings of schedules: each is claimed by one node, whichever is alive, before it is made.
//! Nodes trust each other with them: each can write every claim.
//!
//! - `record`: what is written of a firing; `claim`: claims over NATS

mod claim;
mod record;

pub use claim::{
    Claim, ClaimError, Claims, KEPT, MAX_EARLINESS, MAX_LATENESS, Standing, Unfinished,
};
pub(crate) use record::Record;
pub use record::{Firing, MAX_SCHEDULE, RecordError};
