//! Makes this host a node of a cluster: its skills serve the calls of other nodes, and theirs the calls of its clients and skills.
//!
//! - `nodes`: the node, which joins when a NATS server can be reached; `joined`: the node while it is part of the cluster
//! - `offers`: what this node offers; `others`: what the other nodes run
//! - `transfer`: files of skills, to other nodes and from them
//! - `serving`: calls of other nodes; `calling`: calls of their skills; `outcome`: results as they travel
//! - `kept`: what this node keeps together with the others; `state`: namespaces; `schedules`: scheduled calls
//! - `events`: events of and for other nodes

mod calling;
mod events;
mod joined;
mod kept;
mod nodes;
mod offers;
mod others;
mod outcome;
mod schedules;
mod serving;
mod state;
mod transfer;

pub use kept::Kept;
pub use nodes::Nodes;
