//! Connections of skills and of the host: names are looked up here, each address is checked against the skill's grants, and
//! the connection goes to the address that was checked, so that no second look-up returns another. Knows no WebAssembly.
//!
//! - `network`: decides and connects; `address`: `host:port`; `resolver`: names to addresses; `lookups`: how many at once;
//!   `race`: the first address that answers; `tls`: certificates; `error`: how connections fail
//! - `transport`: HTTP over those connections; `names`: look-ups of the host's own connections; `fetch`: documents that the
//!   host itself needs
//! - `http`, `tcp`, `websocket`: what skills use; `charged`: streams whose bytes are charged to a skill
//! - `timeout`: how long connections wait; `permits`: how many an instance holds; `hosted`: connections that the host reads
//!   and whose events it passes to the skill

mod address;
mod charged;
mod error;
mod fetch;
pub mod hosted;
pub mod http;
mod lookups;
mod names;
mod network;
mod permits;
mod race;
mod resolver;
pub mod tcp;
#[cfg(test)]
mod testing;
mod timeout;
mod tls;
mod transport;
pub mod websocket;

pub use address::split_address;
pub use error::{BoxError, Failure, NetworkError, SetupError};
pub use fetch::{FetchError, Fetcher, is_secure};
pub use names::OwnNames;
pub use network::{Checked, Network, NetworkOptions, ProxyUrl, Tls};
pub use permits::{Charges, Permit, Permits};
pub use transport::Transport;
