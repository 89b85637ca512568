//! How a request is sent, as a guest sets it.

use crate::options::Options;

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
