//! The setters of options.

use super::resources::Given;
use super::state::HttpCapability;
use crate::bindings::luminarys::skill::http as wit;
use crate::environment::options;

options! {
    wit::HostRequestOptions, HttpCapability, Given {
        set_timeout: u64 => |given, value| given.timeout = value;
        set_max_response_bytes: u64 => |given, value| given.max_response_bytes = Some(value);
        set_follow_redirects: bool => |given, value| given.follow_redirects = value;
        set_use_jar: bool => |given, value| given.use_jar = value;
    }
}
