//! How files are listed and searched, as a guest sets it.

use luminarys_filesystem as files;

use super::state::FilesystemCapability;
use crate::bindings::luminarys::skill::filesystem as wit;
use crate::environment::{OptionValue, Options, options};

/// Resources of the guest.
pub type ListOptions = Options<files::ListOptions>;
/// How names are searched for.
pub type GlobOptions = Options<files::GlobOptions>;
/// How text is searched for.
pub type GrepOptions = Options<GivenGrep>;

/// What is set for `grep`.
#[derive(Clone)]
pub struct GivenGrep(pub(super) files::GrepOptions);

impl Default for GivenGrep {
    fn default() -> Self {
        let mut options = files::GrepOptions::default();
        set_detail(&mut options, wit::GrepDetail::Lines);
        Self(options)
    }
}

fn set_detail(options: &mut files::GrepOptions, detail: wit::GrepDetail) {
    options.with_lines = detail == wit::GrepDetail::Lines;
    options.filename_only = detail == wit::GrepDetail::Paths;
}

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
        set_detail: wit::GrepDetail => |given, value| set_detail(&mut given.0, value);
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
