//! `tcp`: connections to checked addresses. `host` converts between the guest and `luminarys_network::tcp`; `resources`
//! holds the guest's resources, and `setters` the setters of options.

mod host;
mod resources;
mod setters;
mod state;

pub use resources::{ConnectOptions, Delivery};
pub(crate) use state::TcpCapability;
