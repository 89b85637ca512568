//! The guest's resources: options for connecting, and connections that the host reads.

use luminarys_network::http::Header;
use luminarys_network::websocket;

use crate::capabilities::timeout::timeout;
use crate::options::Options;

/// A connection that the host reads, identified by its id.
pub struct Delivery(pub(super) String);

/// The guest's resource.
pub type ConnectOptions = Options<Given>;

/// The values that are set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) headers: Vec<Header>,
    pub(super) insecure: bool,
    pub(super) timeout: u64,
}

impl From<Given> for websocket::Options {
    fn from(given: Given) -> Self {
        Self {
            headers: given.headers,
            insecure: given.insecure,
            timeout: timeout(given.timeout),
        }
    }
}
