//! Links: messages between two nodes, in order, bounded by bytes, with an end or an error on both sides.
//!
//! - `links`: all links of a node; `handle`: one of them; `state`: what its parts share
//! - `frame`: what travels; `inbox`: order and credit; `wire`: the connection below; `nats`: the one that NATS is

mod frame;
mod handle;
mod inbox;
mod links;
mod nats;
mod state;
mod wire;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub(crate) use frame::Frame;
pub use frame::{FrameError, MAX_HEAD, MAX_PAYLOAD, Message, Purpose, VERSION};
pub use handle::{Link, MAX_MESSAGE};
pub use inbox::{FIRST_WINDOW, MAX_WINDOW};
pub use links::{Incoming, Links, MAX_LINKS, MAX_LINKS_OF_PEER};
#[cfg(test)]
pub(crate) use memory::Hub;
pub use nats::{check_permitted, connect_links};
pub use state::SILENCE;
