//! Files of skills, to other nodes and from them.
//!
//! - `reaching`: what the skills of this node ask of others; `served`: what others ask of these
//! - `moving`: a file on its way, as the cluster needs it; `failure`: how that fails
//! - `tidying`: what this node's configuration allows, and what is left of transfers

mod failure;
mod moving;
mod reaching;
mod served;
mod tidying;

pub(crate) use reaching::Reaching;
pub(crate) use served::Served;
pub(crate) use tidying::{policy, tidy};
