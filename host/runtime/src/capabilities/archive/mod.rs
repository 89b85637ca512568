//! `archive`: trees into one file and back.
//!
//! - `names`: what an entry may be called, and what is left out; `plan`: all entries, looked at before anything is written
//! - `tarball`, `zipped`: the formats; `budget`: how large an archive may become
//! - `pack`, `unpack`: the two ways; `host`: the way to the guest

mod budget;
mod host;
mod names;
mod pack;
mod plan;
mod tarball;
mod unpack;
mod zipped;

use std::io::Read;

use self::budget::Budget;
use super::filesystem::FsError;
use crate::bindings::luminarys::skill::archive as wit;

/// An entry, its name checked.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    kind: MemberKind,
    size: u64,
    mode: u32,
    modified: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum MemberKind {
    File,
    Directory,
    /// A symbolic link and where it leads.
    Link(String),
    /// Another name of an entry before it.
    Same(String),
}

/// Sees each entry, in the archive's order, with its content.
type Visit<'a> = &'a mut dyn FnMut(Member, &mut dyn Read) -> Result<(), FsError>;

/// Reads an archive from its beginning to its end.
///
/// # Errors
/// [`FsError::Invalid`] for what is no such archive, or holds what an archive may not; [`FsError::TooLarge`].
fn read(
    file: std::fs::File,
    format: wit::Format,
    budget: &Budget,
    visit: Visit<'_>,
) -> Result<(), FsError> {
    match format {
        wit::Format::Zip => zipped::read(file, budget, visit),
        _ => tarball::read(file, format, budget, visit),
    }
}

/// What went wrong with the archive's bytes.
fn broken(error: impl std::fmt::Display) -> FsError {
    let text = error.to_string();
    if text.contains(budget::EXCEEDED) {
        return FsError::TooLarge(text);
    }
    FsError::Invalid(format!("the archive cannot be read: {text}"))
}

/// The format that a name's end says.
///
/// # Errors
/// [`FsError::Invalid`] for any other.
fn format_of(path: &str) -> Result<wit::Format, FsError> {
    let lower = path.to_ascii_lowercase();
    for (end, format) in [
        (".tar.gz", wit::Format::TarGz),
        (".tgz", wit::Format::TarGz),
        (".tar.zst", wit::Format::TarZst),
        (".tzst", wit::Format::TarZst),
        (".tar", wit::Format::Tar),
        (".zip", wit::Format::Zip),
    ] {
        if lower.ends_with(end) {
            return Ok(format);
        }
    }
    Err(FsError::Invalid(format!(
        "{path} ends like none of .tar, .tar.gz, .tgz, .tar.zst, .tzst, .zip; give the format"
    )))
}
