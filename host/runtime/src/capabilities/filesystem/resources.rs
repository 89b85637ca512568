//! The options that a guest sets for listing and searching files.

use luminarys_filesystem as files;

use crate::options::Options;

/// Options for listing a directory.
pub type ListOptions = Options<files::ListOptions>;
/// Options for searching names.
pub type GlobOptions = Options<files::GlobOptions>;
/// Options for searching text.
pub type GrepOptions = Options<GivenGrep>;

/// The options that are set for `grep`.
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
