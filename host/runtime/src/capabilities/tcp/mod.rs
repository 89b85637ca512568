//! `tcp`: connections to addresses that were checked. `host` converts between the guest and `luminarys_network::tcp`.
//! `resources` is what a guest holds, `setters` are those of options.

mod host;
mod resources;
mod setters;
mod state;

pub use resources::{ConnectOptions, Delivery};
pub(crate) use state::TcpCapability;
