//! How an archive is read or written, as a guest sets it.

use luminarys_archive::{Error, Format, Options as ReadyOptions};

use super::state::ArchiveCapability;
use crate::bindings::luminarys::skill::archive as wit;
use crate::environment::{OptionValue, Options, options};

/// The resource of the guest.
pub type ArchiveOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    format: Option<wit::Format>,
    exclude: Vec<String>,
    strip: u32,
}

impl OptionValue for wit::Format {}

options! {
    wit::HostOptions, ArchiveCapability, Given {
        set_format: wit::Format => |given, value| given.format = Some(value);
        set_exclude: Vec<String> => |given, value| given.exclude = value;
        set_strip: u32 => |given, value| given.strip = value;
    }
}

impl Given {
    /// Completes them for the archive of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a broken pattern, or a name that implies no format.
    pub(super) fn ready(&self, archive: &str) -> Result<ReadyOptions, Error> {
        let format = self.format.map(|format| match format {
            wit::Format::Tar => Format::Tar,
            wit::Format::TarGz => Format::TarGz,
            wit::Format::TarZst => Format::TarZst,
            wit::Format::Zip => Format::Zip,
        });
        ReadyOptions::new(format, archive, &self.exclude, self.strip)
    }
}
