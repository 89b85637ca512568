//! The setters of options.

use luminarys_filesystem as files;

use super::resources::GivenGrep;
use super::state::FilesystemCapability;
use crate::bindings::luminarys::skill::filesystem as wit;
use crate::environment::options;
use crate::options::OptionValue;

impl OptionValue for wit::GrepDetail {}

options! {
    wit::HostListOptions, FilesystemCapability, files::ListOptions {
        set_details: bool => |given, value| given.details = value;
        set_limit: u32 => |given, value| given.limit = value;
    }
}

options! {
    wit::HostGrepOptions, FilesystemCapability, GivenGrep {
        set_fixed: bool => |given, value| given.0.fixed = value;
        set_case_insensitive: bool => |given, value| given.0.case_insensitive = value;
        set_include: Vec<String> => |given, value| given.0.include = value;
        set_exclude: Vec<String> => |given, value| given.0.exclude = value;
        set_type_filter: String => |given, value| given.0.type_filter = Some(value);
        set_ignore_dirs: Vec<String> => |given, value| given.0.ignore_dirs = Some(value);
        set_max_depth: u32 => |given, value| given.0.max_depth = value;
        set_max_count: u32 => |given, value| given.0.max_count = value;
        set_detail: wit::GrepDetail => |given, value| {
            given.0.with_lines = value == wit::GrepDetail::Lines;
            given.0.filename_only = value == wit::GrepDetail::Paths;
        };
    }
}

options! {
    wit::HostGlobOptions, FilesystemCapability, files::GlobOptions {
        set_hidden: bool => |given, value| given.hidden = value;
        set_ignore_dirs: Vec<String> => |given, value| given.ignore_dirs = Some(value);
        set_max_depth: u32 => |given, value| given.max_depth = value;
        set_only_files: bool => |given, value| given.only_files = value;
        set_only_dirs: bool => |given, value| given.only_dirs = value;
    }
}
