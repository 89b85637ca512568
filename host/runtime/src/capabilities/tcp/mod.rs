//! `tcp`: connections to addresses that were checked. `host` converts between the guest and `luminarys_network::tcp`.

mod host;
mod options;
mod state;

pub use host::Delivery;
pub use options::ConnectOptions;
pub(crate) use state::TcpCapability;
