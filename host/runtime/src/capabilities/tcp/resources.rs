//! The guest's resources: options for connecting, and connections that the host reads.

use luminarys_network::tcp;

use crate::capabilities::timeout::timeout;
use crate::options::Options;

/// A connection that the host reads, identified by its id.
pub struct Delivery(pub(super) String);

/// The guest's resource.
pub type ConnectOptions = Options<Given>;

/// The values that are set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) tls: bool,
    pub(super) insecure: bool,
    pub(super) server_name: Option<String>,
    pub(super) timeout: u64,
}

impl From<Given> for tcp::Options {
    fn from(given: Given) -> Self {
        Self {
            tls: given.tls,
            insecure: given.insecure,
            server_name: given.server_name,
            timeout: timeout(given.timeout),
        }
    }
}
