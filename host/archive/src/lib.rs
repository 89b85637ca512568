//! Reads archives that nobody vouches for.
//!
//! - `names`: what an entry may be called, and what is left out; `plan`: all entries, weighed against each other
//! - `tarball`, `zipped`: the formats; `codepage`: old names in zip; `budget`: how large an archive may become
//!
//! Nothing here opens, makes or changes a file: bytes come in, entries go out.

mod budget;
mod codepage;
mod names;
mod plan;
mod tarball;
mod zipped;

use std::io::{self, Read, Seek};

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
    /// One of its entries is damaged, or may not be there.
    #[error("the archive's entry {name} {reason}")]
    Entry {
        /// As it is in the archive, as far as it can be shown.
        name: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
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
    /// In bytes; of another name, that of what it names; 0 for what is no file.
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

/// Reads an archive from its beginning to its end, with all content and all checksums, whatever `visit` leaves unread.
/// What `visit` has seen holds only once this returns: what is wrong may be behind it.
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

/// Shows an entry to `visit` and reads the rest of its content.
/// What unpacking it writes is charged before: its content, or that of the entry of which it is another name.
fn show<E: From<Error>>(
    member: Member,
    content: &mut dyn Read,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    budget.entry()?;
    budget.bytes(member.size)?;
    let mut content = Exact {
        inner: content,
        left: match member.kind {
            MemberKind::File => member.size,
            _ => 0,
        },
        name: member.name.clone(),
    };
    visit(member, &mut content)?;
    io::copy(&mut content, &mut io::sink()).map_err(broken)?;
    Ok(())
}

/// The content of an entry, which has the length that was charged.
struct Exact<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    name: String,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let name = self.name.as_bytes();
        let length = match self.inner.read(buffer) {
            Ok(0) if self.left > 0 => return Err(io::Error::other(names::cut_short(name))),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(names::unreadable(name, error))),
        };
        let Some(left) = self.left.checked_sub(length as u64) else {
            let reason = "is longer than it says; get the archive again";
            return Err(io::Error::other(names::refused(name, reason)));
        };
        self.left = left;
        Ok(length)
    }
}

/// Tells what went wrong with the archive's bytes: a limit, an entry, or all of them.
pub fn broken(error: impl Into<io::Error>) -> Error {
    let error = error.into();
    known(&error).unwrap_or_else(|| {
        Error::Invalid(format!(
            "the archive cannot be read: {error}; it is damaged or of another format"
        ))
    })
}

/// Returns the error of this crate that came through a reader.
fn known(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().cloned()
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
