//! A file that is sent to another node.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{OFlags, Stat};

use super::partial::must_be_whole;
use crate::error::FsError;
use crate::filesystem::Filesystem;
use crate::place::LastLink;
use crate::read::open_regular;
use crate::sys;

/// A file that is open to be sent.
#[derive(Debug)]
pub struct Outgoing {
    file: File,
    path: String,
    stat: Stat,
}

impl Filesystem {
    /// Opens a file to send it; links are followed.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for anything but a file; [`FsError::Denied`], [`FsError::NotFound`], also for what is still being
    /// received; [`FsError::System`].
    pub fn outgoing(&self, path: &str) -> Result<Outgoing, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, luminarys_grants::Access::Read)?;
        must_be_whole(&resolved.path)?;
        let file = open_regular(&resolved, OFlags::RDONLY)?;
        let stat = rustix::fs::fstat(&file);
        let stat = stat.map_err(|error| FsError::system(&resolved.path, error))?;
        Ok(Outgoing {
            file,
            path: resolved.path,
            stat,
        })
    }
}

impl Outgoing {
    /// Returns the true path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns how many bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        sys::size(&self.stat)
    }

    /// Returns a text that changes whenever the file is replaced or written to.
    pub fn version(&self) -> String {
        let Stat {
            st_dev,
            st_ino,
            st_mtime,
            st_mtime_nsec,
            st_ctime,
            st_ctime_nsec,
            ..
        } = self.stat;
        let size = self.size();
        format!(
            "{st_dev} {st_ino} {size} {st_mtime} {st_mtime_nsec} {st_ctime} {st_ctime_nsec} {}",
            self.path
        )
    }

    /// Reads at most `most` bytes from byte `offset` on; none only at the end.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn read(&self, offset: u64, most: usize) -> Result<Vec<u8>, FsError> {
        read_at(&self.file, &self.path, offset, most)
    }
}

/// Reads at most `most` bytes from byte `offset` on; fewer only at the end.
pub(super) fn read_at(
    file: &File,
    path: &str,
    offset: u64,
    most: usize,
) -> Result<Vec<u8>, FsError> {
    let mut bytes = vec![0; most];
    let mut length = 0;
    while length < most {
        match file.read_at(&mut bytes[length..], offset + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FsError::system(path, error)),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}
