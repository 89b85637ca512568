//! How to connect, as a guest sets it.

use luminarys_network::tcp;

use super::state::TcpCapability;
use crate::bindings::luminarys::skill::tcp as wit;
use crate::capabilities::timeout::timeout;
use crate::environment::{Options, options};

/// The resource of the guest.
pub type ConnectOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    tls: bool,
    insecure: bool,
    server_name: Option<String>,
    timeout: u64,
}

options! {
    wit::HostConnectOptions, TcpCapability, Given {
        set_tls: bool => |given, value| given.tls = value;
        set_insecure: bool => |given, value| given.insecure = value;
        set_server_name: String => |given, value| given.server_name = Some(value);
        set_timeout: u64 => |given, value| given.timeout = value;
    }
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
