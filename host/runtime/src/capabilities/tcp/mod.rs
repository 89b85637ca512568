//! `tcp`: connections to addresses that were checked. `host` converts between the guest and `luminarys_network::tcp`.

mod host;
mod state;

pub(crate) use state::TcpCapability;
