//! `websocket`: messages over connections that were checked like requests. `host` converts between the guest and
//! `luminarys_network::websocket`.

mod host;
mod options;
mod state;

pub use host::Delivery;
pub use options::ConnectOptions;
pub(crate) use state::WebsocketCapability;
