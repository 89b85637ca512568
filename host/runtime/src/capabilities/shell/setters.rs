//! The setters of options.

use std::sync::Arc;

use super::resources::{GivenRun, GivenStart};
use super::state::ShellCapability;
use crate::bindings::luminarys::skill::shell as wit;
use crate::environment::options;

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
