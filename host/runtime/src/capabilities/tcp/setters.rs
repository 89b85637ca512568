//! The setters of options.

use super::resources::Given;
use super::state::TcpCapability;
use crate::bindings::luminarys::skill::tcp as wit;
use crate::environment::options;

options! {
    wit::HostConnectOptions, TcpCapability, Given {
        set_tls: bool => |given, value| given.tls = value;
        set_insecure: bool => |given, value| given.insecure = value;
        set_server_name: String => |given, value| given.server_name = Some(value);
        set_timeout: u64 => |given, value| given.timeout = value;
    }
}
