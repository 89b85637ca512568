//! How a request is sent, as a guest sets it.

use super::state::HttpCapability;
use crate::bindings::luminarys::skill::http as wit;
use crate::environment::{OptionValue, Options, options};

/// The resource of the guest.
pub type RequestOptions = Options<Given>;

/// What is set.
#[derive(Clone)]
pub struct Given {
    pub(super) timeout: u64,
    pub(super) max_response_bytes: Option<u64>,
    pub(super) follow_redirects: bool,
    pub(super) use_jar: bool,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            timeout: 0,
            max_response_bytes: None,
            follow_redirects: true,
            use_jar: false,
        }
    }
}

impl OptionValue for Vec<wit::Header> {
    fn held(&self) -> usize {
        let each = self.iter();
        let held =
            each.map(|header| size_of::<wit::Header>() + header.name.len() + header.value.len());
        held.sum()
    }
}

options! {
    wit::HostRequestOptions, HttpCapability, Given {
        set_timeout: u64 => |given, value| given.timeout = value;
        set_max_response_bytes: u64 => |given, value| given.max_response_bytes = Some(value);
        set_follow_redirects: bool => |given, value| given.follow_redirects = value;
        set_use_jar: bool => |given, value| given.use_jar = value;
    }
}
