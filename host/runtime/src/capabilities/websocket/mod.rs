//! `websocket`: messages over connections that were checked like requests. `host` converts between the guest and
//! `luminarys_network::websocket`.

mod host;
mod state;

pub(crate) use state::WebsocketCapability;
