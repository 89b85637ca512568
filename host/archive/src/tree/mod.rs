//! Trees of files into archives and back, with what a skill may use.

mod pack;
mod unpack;

pub use pack::pack;
pub use unpack::Reading;

use crate::error::Error;
use crate::format::Format;
use crate::names::Exclude;

/// How large an archive may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Entries (`runtime.max_archive_entries` in the manifest).
    pub entries: u64,
    /// All content together, in bytes (`runtime.max_archive_mb` in the manifest).
    pub bytes: u64,
}

/// How an archive is packed, unpacked or listed.
#[derive(Debug)]
pub struct Options {
    /// The archive's format.
    pub format: Format,
    /// What is left out.
    pub exclude: Exclude,
    /// How many leading parts an entry's name loses when it is read.
    pub strip: u32,
}

impl Options {
    /// Compiles the patterns of `exclude`; without a format, the end of the archive's `path` says it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a broken pattern, or a path that says no format.
    pub fn new(
        format: Option<Format>,
        path: &str,
        exclude: &[String],
        strip: u32,
    ) -> Result<Self, Error> {
        Ok(Self {
            exclude: Exclude::new(exclude)?,
            format: format.map_or_else(|| Format::of(path), Ok)?,
            strip,
        })
    }
}

/// What was packed or unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Files.
    pub files: u64,
    /// Their content, in bytes.
    pub bytes: u64,
    /// Things in the tree that are no part of the archive: devices, sockets, pipes, links that lead out.
    pub skipped: u64,
    /// The archive's format.
    pub format: Format,
}

impl Done {
    fn nothing(format: Format) -> Self {
        Self {
            files: 0,
            bytes: 0,
            skipped: 0,
            format,
        }
    }
}
