//! The formats of archives.

use crate::error::Error;

/// A format of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// tar
    Tar,
    /// tar, compressed by gzip (RFC 1952)
    TarGz,
    /// tar, compressed by Zstandard (RFC 8878)
    TarZst,
    /// zip
    Zip,
}

impl Format {
    /// Returns the format that a file name's extension stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other.
    pub fn of(path: &str) -> Result<Self, Error> {
        let lower = path.to_ascii_lowercase();
        for (end, format) in [
            (".tar.gz", Self::TarGz),
            (".tgz", Self::TarGz),
            (".tar.zst", Self::TarZst),
            (".tzst", Self::TarZst),
            (".tar", Self::Tar),
            (".zip", Self::Zip),
        ] {
            if lower.ends_with(end) {
                return Ok(format);
            }
        }
        Err(Error::Invalid(format!(
            "{path} ends like none of .tar, .tar.gz, .tgz, .tar.zst, .tzst, .zip; give the format"
        )))
    }
}
