//! The options that a guest sets for a request.

use crate::options::Options;

/// The guest's resource.
pub type RequestOptions = Options<Given>;

/// The values that are set.
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
