//! `websocket`: messages over connections that were checked like requests. `host` converts between the guest and
//! `luminarys_network::websocket`.
//! `resources` is what a guest holds, `setters` are those of options.

mod host;
mod resources;
mod setters;
mod state;

pub use resources::{ConnectOptions, Delivery};
pub(crate) use state::WebsocketCapability;
