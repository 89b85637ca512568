//! `read`, `read-range` and `stat`.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use luminarys_grants::Access;
use rustix::fs::{OFlags, Stat};

use crate::error::FsError;
use crate::filesystem::Filesystem;
use crate::model::{Details, Entry, FileKind};
use crate::place::{LastLink, Place, Resolved};
use crate::sys;

impl Filesystem {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] beyond the output limit, [`FsError::Invalid`] for anything but a file; and like every
    /// function here [`FsError::Denied`], [`FsError::NotFound`], [`FsError::System`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FsError> {
        let (file, resolved) = self.open_to_read(path)?;
        let size = length(&file, &resolved.path)?;
        self.read_bytes(file, size, u64::MAX, &resolved.path)
    }

    /// Reads at most `wanted` bytes from byte `offset` on; fewer at the end of the file, none past it.
    ///
    /// # Errors
    /// As [`Filesystem::read`]; the limit applies to what is returned.
    pub fn read_range(&self, path: &str, offset: u64, wanted: u64) -> Result<Vec<u8>, FsError> {
        let (mut file, resolved) = self.open_to_read(path)?;
        if i64::try_from(offset).is_err() {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(offset))
            .map_err(|error| FsError::system(&resolved.path, error))?;
        let left = length(&file, &resolved.path)?.saturating_sub(offset);
        self.read_bytes(file, left.min(wanted), wanted, &resolved.path)
    }

    /// Reads up to `wanted` bytes, probably `expected`.
    fn read_bytes(
        &self,
        file: File,
        expected: u64,
        wanted: u64,
        path: &str,
    ) -> Result<Vec<u8>, FsError> {
        let limit = self.max_output_bytes;
        let what = format!("what is asked of {path}");
        self.charge(expected, &what)?;
        let mut bytes = Vec::new();
        let capacity = usize::try_from(expected).unwrap_or(usize::MAX);
        bytes
            .try_reserve(capacity)
            .map_err(|_| self.too_large(&what))?;
        // The file may have grown.
        file.take(wanted.min(limit.saturating_add(1)))
            .read_to_end(&mut bytes)
            .map_err(|error| FsError::system(path, error))?;
        self.charge(bytes.len() as u64, &what)?;
        Ok(bytes)
    }

    /// Opens a file to read all of it, and returns its size.
    ///
    /// # Errors
    /// As [`Filesystem::read`], without its limit.
    pub fn open_whole(&self, path: &str) -> Result<(File, u64), FsError> {
        let (file, resolved) = self.open_to_read(path)?;
        let length = length(&file, &resolved.path)?;
        Ok((file, length))
    }

    /// Opens a file that the skill may read; links are followed.
    pub(crate) fn open_to_read(&self, path: &str) -> Result<(File, Resolved), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let file = open_regular(&resolved, OFlags::RDONLY)?;
        Ok((file, resolved))
    }

    /// Describes what is at a path, links followed, with details.
    ///
    /// # Errors
    /// [`FsError::Denied`], [`FsError::NotFound`], [`FsError::Invalid`] for an invalid path, [`FsError::System`].
    pub fn stat(&self, path: &str) -> Result<Entry, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let stat = resolved.status()?;
        let asked = path.trim_end_matches('/').rsplit('/').next();
        let name = match asked {
            Some(name) if !matches!(name, "" | "." | "..") => name,
            _ => resolved.path.rsplit('/').next().unwrap_or_default(),
        };
        let name = if name.is_empty() { "/" } else { name };
        Ok(describe(name.to_owned(), &stat, true))
    }
}

/// Opens a resolved regular file, and checks it again once it is open.
pub(crate) fn open_regular(resolved: &Resolved, flags: OFlags) -> Result<File, FsError> {
    let path = resolved.path.as_str();
    let (parent, name, stat) = match &resolved.place {
        Place::Root(_) => return Err(FsError::invalid(path, "is a directory")),
        Place::Missing { .. } => return Err(FsError::not_found(path)),
        Place::Entry { parent, name, stat } => (parent, name, stat),
    };
    // Also before: opening a device can have effects.
    must_be_regular(path, stat)?;
    if resolved.only_directory {
        return Err(FsError::invalid(path, "is not a directory"));
    }
    let failed = |error| FsError::system(path, error);
    let file = sys::open_file(parent, name.as_str(), flags, 0).map_err(failed)?;
    let opened = rustix::fs::fstat(&file).map_err(failed)?;
    must_be_regular(path, &opened)?;
    let writes = flags.intersects(OFlags::WRONLY | OFlags::RDWR);
    let access = if writes { Access::Write } else { Access::Read };
    resolved.guard.admit(path, &opened, access)?;
    Ok(file)
}

/// Rejects everything but regular files.
pub(crate) fn must_be_regular(path: &str, stat: &Stat) -> Result<(), FsError> {
    match sys::kind(stat) {
        FileKind::File => Ok(()),
        FileKind::Directory => Err(FsError::invalid(path, "is a directory")),
        FileKind::Symlink => Err(FsError::invalid(path, "is a link")),
        FileKind::Other => Err(FsError::invalid(
            path,
            "is a device, a socket or a pipe, not a file",
        )),
    }
}

/// Denies changing a file in place that has further hard links: they may be anywhere.
pub(crate) fn must_have_one_name(path: &str, stat: &Stat) -> Result<(), FsError> {
    if sys::kind(stat) == FileKind::File && stat.st_nlink > 1 {
        let reason =
            "the file has further hard links, which may lie outside the granted directories";
        return Err(FsError::never(path, reason));
    }
    Ok(())
}

fn length(file: &File, path: &str) -> Result<u64, FsError> {
    let metadata = file.metadata();
    Ok(metadata
        .map_err(|error| FsError::system(path, error))?
        .len())
}

/// Describes an entry; `long` adds details.
pub(crate) fn describe(name: String, stat: &Stat, long: bool) -> Entry {
    Entry {
        name,
        kind: sys::kind(stat),
        size: sys::size(stat),
        details: long.then(|| Details {
            modified: milliseconds(stat),
            mode: stat.st_mode & 0o7777,
            mode_string: mode_string(stat.st_mode),
        }),
    }
}

/// Returns when an entry was modified, in milliseconds since 1970.
fn milliseconds(stat: &Stat) -> i64 {
    let fraction = i64::try_from(stat.st_mtime_nsec).unwrap_or_default() / 1_000_000;
    stat.st_mtime.saturating_mul(1_000).saturating_add(fraction)
}

/// Formats a mode as `ls -l` does.
fn mode_string(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o100_000 => '-',
        0o010_000 => 'p',
        0o140_000 => 's',
        0o060_000 => 'b',
        0o020_000 => 'c',
        _ => '?',
    };
    let mut text = String::from(kind);
    for (shift, special, mark) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (false, false) => '-',
            (false, true) => 'x',
            (true, true) => mark,
            (true, false) => mark.to_ascii_uppercase(),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::mode_string;

    #[test]
    fn modes_look_as_in_a_listing() {
        let rows = [
            (0o100_644, "-rw-r--r--"),
            (0o040_755, "drwxr-xr-x"),
            (0o120_777, "lrwxrwxrwx"),
            (0o104_755, "-rwsr-xr-x"),
            (0o102_644, "-rw-r-Sr--"),
            (0o041_777, "drwxrwxrwt"),
            (0o010_000, "p---------"),
        ];
        each_row(rows, |(mode, text)| {
            assert_eq!(mode_string(mode), text, "{mode:o}");
        });
    }
}
