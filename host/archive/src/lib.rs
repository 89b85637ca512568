//! Reads archives that nobody vouches for.
//!
//! - `names`: what an entry may be called, and what is left out; `plan`: all entries, weighed against each other
//! - `tarball`, `zipped`: the formats; `budget`: how large an archive may become
//!
//! Nothing here opens, makes or changes a file: bytes come in, entries go out.

mod budget;
mod names;
mod plan;
mod tarball;
mod zipped;

use std::io::{Read, Seek};

pub use budget::Budget;
pub use names::{Exclude, stays};
pub use plan::Plan;

/// Why an archive is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no such archive, or holds what an archive may not.
    #[error("{0}")]
    Invalid(String),
    /// It exceeds a limit, which the text names.
    #[error("{0}")]
    TooLarge(String),
}

/// What archives are kept in.
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

/// An entry, its name checked.
#[derive(Clone, Debug)]
pub struct Member {
    /// Relative, its parts separated by one slash; empty for the archive's root.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// In bytes; 0 for what is no file.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A file with its own content.
    File,
    /// A directory.
    Directory,
    /// A symbolic link and where it leads.
    Link(String),
    /// Another name of an entry before it.
    Same(String),
}

/// Sees each entry, in the archive's order, with its content.
pub type Visit<'a, E> = &'a mut dyn FnMut(Member, &mut dyn Read) -> Result<(), E>;

/// Reads an archive from its beginning to its end.
///
/// # Errors
/// What `visit` returns; [`Error`] made into it.
pub fn read<R: Read + Seek, E: From<Error>>(
    file: R,
    format: Format,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    match format {
        Format::Zip => zipped::read(file, budget, visit),
        _ => tarball::read(file, format, budget, visit),
    }
}

/// What went wrong with the archive's bytes: a limit, or the bytes.
pub fn broken(error: impl std::fmt::Display) -> Error {
    let text = error.to_string();
    if text.contains(budget::EXCEEDED) {
        return Error::TooLarge(text);
    }
    Error::Invalid(format!("the archive cannot be read: {text}"))
}

impl Format {
    /// The format that a name's end says.
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
