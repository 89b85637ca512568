//! How an archive is read or written, as a guest sets it.

use luminarys_archive::{Error, Format, Options as ReadyOptions};

use crate::options::Options;

/// The resource of the guest.
pub type ArchiveOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) format: Option<Format>,
    pub(super) exclude: Vec<String>,
    pub(super) strip: u32,
}

impl Given {
    /// Completes them for the archive of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a broken pattern, or a name that implies no format.
    pub(super) fn ready(&self, archive: &str) -> Result<ReadyOptions, Error> {
        ReadyOptions::new(self.format, archive, &self.exclude, self.strip)
    }
}
