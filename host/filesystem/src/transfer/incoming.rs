//! A file that is received from another node.

use std::fs::File;
use std::io::Write as _;
use std::time::SystemTime;

use luminarys_grants::Access;
use rustix::fs::OFlags;

use super::outgoing::read_at;
use super::partial::{self, is_partial};
use crate::error::FsError;
use crate::filesystem::Filesystem;
use crate::place::LastLink;
use crate::sys;
use crate::writer::Destination;

/// A place for a file that is received. What was received has a name of its own until [`Incoming::commit`], and stays when
/// this is dropped, so that a later transfer can go on.
#[derive(Debug)]
pub struct Incoming {
    place: Destination,
    /// The name of what was received.
    name: String,
    file: File,
    received: u64,
    is_over: bool,
}

impl Filesystem {
    /// Opens a place to receive a file, with what was received for the same `key` (32 hexadecimal digits) within a day;
    /// creates parent directories when absent.
    ///
    /// # Errors
    /// [`FsError::Invalid`] when something other than a file is there, and for a name of partial files; [`FsError::Denied`];
    /// [`FsError::Io`] while another transfer receives it with the same key; [`FsError::System`].
    pub fn incoming(&self, path: &str, key: &str) -> Result<Incoming, FsError> {
        let name = partial::name_of(key)?;
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        if resolved.path.split('/').any(is_partial) {
            let reason = "has a name that is kept for what is being received";
            return Err(FsError::invalid(&resolved.path, reason));
        }
        let place = self.destination(resolved)?;
        partial::remove_old_in(&place.parent, SystemTime::now());
        let mode = place.old.as_ref().map_or(0o666, sys::permissions);
        let file = partial::open(&place, &name, mode)?;
        let length = file.metadata().map(|metadata| metadata.len());
        let received = place.check(length)?;
        Ok(Incoming {
            place,
            name,
            file,
            received,
            is_over: false,
        })
    }
}

impl Incoming {
    /// Returns the true path of the place.
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// Returns how many bytes were received, in this or an earlier transfer.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Returns how many more bytes an unprivileged process can write there.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn free_space(&self) -> Result<u64, FsError> {
        let status = self.place.check(rustix::fs::fstatvfs(&self.file))?;
        Ok(status.f_bavail.saturating_mul(status.f_frsize))
    }

    /// Reads at most `most` of the received bytes from byte `offset` on.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn read_back(&self, offset: u64, most: usize) -> Result<Vec<u8>, FsError> {
        read_at(&self.file, &self.place.path, offset, most)
    }

    /// Appends to what was received. On a full disk all of it is removed.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        use std::os::unix::fs::FileExt as _;
        match self.file.write_all_at(bytes, self.received) {
            Ok(()) => {
                self.received += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                let error = FsError::system(&self.place.path, error);
                // A part of these bytes may be there; and others need what is left of a full disk.
                let kept = if error.is_no_space() {
                    0
                } else {
                    self.received
                };
                if self.file.set_len(kept).is_err() {
                    self.remove();
                }
                self.received = kept;
                Err(error)
            }
        }
    }

    /// Gives the file its name, once it is on the disk.
    ///
    /// # Errors
    /// [`FsError::System`], and [`FsError::Io`] when somebody else has replaced what was received; the name has then no file, or
    /// still the earlier one.
    pub fn commit(mut self) -> Result<(), FsError> {
        let Destination {
            parent, name, old, ..
        } = &self.place;
        if let Some(old) = old {
            let mode = rustix::fs::Mode::from_raw_mode(sys::permissions(old));
            self.place.check(rustix::fs::fchmod(&self.file, mode))?;
            self.place.keep_owner(&self.file)?;
        }
        self.place.check(self.file.flush())?;
        self.place.check(self.file.sync_all())?;
        let own = self.place.check(rustix::fs::fstat(&self.file))?;
        let replaced = || {
            FsError::Io(format!(
                "{}: another program has replaced what was received; send it again",
                self.place.path
            ))
        };
        if !partial::is_still(parent, &self.name, &own) {
            return Err(replaced());
        }
        let renamed = rustix::fs::renameat(&**parent, self.name.as_str(), &**parent, name.as_str());
        self.place.check(renamed)?;
        // It may have been replaced between the two.
        if !partial::is_still(parent, name, &own) {
            return Err(replaced());
        }
        // The name as well; where a directory cannot be synchronised, the file is whole all the same.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(directory) = rustix::fs::openat(&**parent, ".", flags, rustix::fs::Mode::empty())
        {
            let _ = rustix::fs::fsync(directory);
        }
        self.is_over = true;
        Ok(())
    }

    /// Removes what was received.
    pub fn discard(mut self) {
        self.remove();
    }

    fn remove(&mut self) {
        // There is no way to report it; what is left is removed when it is old.
        let _ = sys::unlink(&self.place.parent, self.name.as_str());
        self.is_over = true;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.is_over && self.received == 0 {
            self.remove();
        }
    }
}
