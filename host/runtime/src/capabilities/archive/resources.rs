//! The options that a guest sets for reading or writing an archive.

use luminarys_archive::{Error, Format, Options as ReadyOptions};

use crate::options::Options;

/// The guest's resource.
pub type ArchiveOptions = Options<Given>;

/// The values that are set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) format: Option<Format>,
    pub(super) exclude: Vec<String>,
    pub(super) strip: u32,
}

impl Given {
    /// Completes the options for an archive of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid pattern, or a name that implies no format.
    pub(super) fn ready(&self, archive: &str) -> Result<ReadyOptions, Error> {
        ReadyOptions::new(self.format, archive, &self.exclude, self.strip)
    }
}
