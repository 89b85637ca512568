//! How files are listed and searched, as a guest sets it.

use luminarys_filesystem as files;

use crate::options::Options;

/// How a directory is listed.
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
        Self(files::GrepOptions {
            with_lines: true,
            ..files::GrepOptions::default()
        })
    }
}
