//! How commands run and daemons start, as a guest sets it.

use std::sync::Arc;

use super::state::ShellCapability;
use crate::bindings::luminarys::skill::shell as wit;
use crate::environment::{Options, options};

/// How a command runs.
pub type RunOptions = Options<GivenRun>;
/// How a daemon starts.
pub type StartOptions = Options<GivenStart>;

/// What is set for a command.
#[derive(Clone, Default)]
pub struct GivenRun {
    pub(super) directory: Option<String>,
    pub(super) timeout: u64,
    pub(super) input: Arc<Vec<u8>>,
    pub(super) grep: Option<String>,
    pub(super) tail: Option<u32>,
    pub(super) separate_errors: bool,
}

/// What is set for a daemon.
#[derive(Clone, Default)]
pub struct GivenStart {
    pub(super) directory: Option<String>,
    pub(super) log_file: Option<String>,
}

options! {
    wit::HostRunOptions, ShellCapability, GivenRun {
        set_directory: String => |given, value| given.directory = Some(value);
        set_timeout: u64 => |given, value| given.timeout = value;
        set_input: Vec<u8> => |given, value| given.input = Arc::new(value);
        set_grep: String => |given, value| given.grep = Some(value);
        set_tail: u32 => |given, value| given.tail = Some(value);
        set_separate_errors: bool => |given, value| given.separate_errors = value;
    }
}

options! {
    wit::HostStartOptions, ShellCapability, GivenStart {
        set_directory: String => |given, value| given.directory = Some(value);
        set_log_file: String => |given, value| given.log_file = Some(value);
    }
}
