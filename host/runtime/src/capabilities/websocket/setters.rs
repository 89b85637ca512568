//! The setters of options.

use super::resources::Given;
use super::state::WebsocketCapability;
use crate::bindings::luminarys::skill::http::Header;
use crate::bindings::luminarys::skill::websocket as wit;
use crate::environment::options;
use crate::options::OptionValue;

impl OptionValue for Vec<Header> {
    fn held(&self) -> usize {
        let each = self.iter();
        each.map(|header| size_of::<Header>() + header.name.len() + header.value.len())
            .sum()
    }
}

options! {
    wit::HostConnectOptions, WebsocketCapability, Given {
        set_headers: Vec<Header> => |given, value| {
            given.headers = value.into_iter().map(Into::into).collect();
        };
        set_insecure: bool => |given, value| given.insecure = value;
        set_timeout: u64 => |given, value| given.timeout = value;
    }
}
