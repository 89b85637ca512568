//! How to connect, as a guest sets it.

use luminarys_network::websocket;

use super::state::WebsocketCapability;
use crate::bindings::luminarys::skill::http::Header;
use crate::bindings::luminarys::skill::websocket as wit;
use crate::capabilities::timeout::timeout;
use crate::environment::{Options, options};

/// The resource of the guest.
pub type ConnectOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    headers: Vec<Header>,
    insecure: bool,
    timeout: u64,
}

options! {
    wit::HostConnectOptions, WebsocketCapability, Given {
        set_headers: Vec<Header> => |given, value| given.headers = value;
        set_insecure: bool => |given, value| given.insecure = value;
        set_timeout: u64 => |given, value| given.timeout = value;
    }
}

impl From<Given> for websocket::Options {
    fn from(given: Given) -> Self {
        Self {
            headers: given.headers.into_iter().map(Into::into).collect(),
            insecure: given.insecure,
            timeout: timeout(given.timeout),
        }
    }
}
