//! `archive`: trees into one file and back. How archives are read is in `luminarys-archive`.
//!
//! - `pack`, `unpack`: the two ways; `host`: the way to the guest

mod host;
mod pack;
mod state;
mod unpack;
pub(crate) use state::ArchiveCapability;

use luminarys_archive::{Error, Format};

use super::filesystem::FsError;
use crate::bindings::luminarys::skill::archive as wit;

impl From<Error> for FsError {
    fn from(error: Error) -> Self {
        match error {
            Error::TooLarge(text) => Self::TooLarge(text),
            Error::Invalid(_) | Error::Entry { .. } => Self::Invalid(error.to_string()),
        }
    }
}

/// The format asked for, or the one that the name's end says.
///
/// # Errors
/// [`FsError::Invalid`] for a name that says none.
fn format_of(asked: Option<wit::Format>, path: &str) -> Result<Format, FsError> {
    Ok(match asked {
        Some(wit::Format::Tar) => Format::Tar,
        Some(wit::Format::TarGz) => Format::TarGz,
        Some(wit::Format::TarZst) => Format::TarZst,
        Some(wit::Format::Zip) => Format::Zip,
        None => Format::of(path)?,
    })
}

/// The same, as the guest names it.
fn named(format: Format) -> wit::Format {
    match format {
        Format::Tar => wit::Format::Tar,
        Format::TarGz => wit::Format::TarGz,
        Format::TarZst => wit::Format::TarZst,
        Format::Zip => wit::Format::Zip,
    }
}
