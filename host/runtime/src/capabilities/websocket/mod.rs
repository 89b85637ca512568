//! `websocket`: messages over connections that are checked like requests. `host` converts between the guest and
//! `luminarys_network::websocket`; `resources` holds the guest's resources, and `setters` the setters of options.

mod host;
mod resources;
mod setters;
mod state;

pub use resources::{ConnectOptions, Delivery};
pub(crate) use state::WebsocketCapability;
