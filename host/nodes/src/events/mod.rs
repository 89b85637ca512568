//! Events for skills that other nodes run, and events of other nodes.
//!
//! The node on which an event is emitted decides which node delivers it to each subscribed skill: of those that run it and have its
//! subscription, always the same one while they stay the same. So no skill gets it twice, whatever nodes know of each other; it is
//! lost where the chosen node is gone by then, or its queue is full.
//!
//! - `router`: decides; `subscribers`: what nodes are subscribed to, and which is chosen; `peers`: the other nodes
//! - `outgoing`: events that wait for one node; `sending`: to other nodes; `receiving`: from other nodes

mod outgoing;
mod peers;
mod receiving;
mod router;
mod sending;
mod subscribers;

pub(crate) use receiving::receive;
pub(crate) use router::ClusterRouter;
pub(crate) use sending::follow;
