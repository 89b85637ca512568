//! A file that is written under a temporary name in the directory of its place, and then renamed, so that the place has
//! always either the old or the new file.

use std::fs::File;
use std::io::{self, Write as _};

use rustix::fs::{OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use crate::error::FsError;
use crate::sys::{self, Handle};

/// Where a file will be: an existing directory, a name, and what has that name now.
#[derive(Debug)]
pub(crate) struct Destination {
    pub parent: Handle,
    pub name: String,
    pub path: String,
    pub old: Option<Stat>,
}

/// A file that is being written under a temporary name.
pub struct Writer {
    pub(crate) place: Destination,
    pub(crate) new: Temporary,
}

impl Writer {
    /// Appends `bytes`.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.place.check(self.new.file.write_all(bytes))
    }

    /// Sets permission bits and the time of modification, in seconds since 1970. For when all is written.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn describe(&self, mode: Option<u32>, modified: Option<i64>) -> Result<(), FsError> {
        if let Some(mode) = mode {
            let mode = rustix::fs::Mode::from_raw_mode(mode & 0o777);
            self.place.check(rustix::fs::fchmod(&self.new.file, mode))?;
        }
        let since = modified.and_then(|modified| u64::try_from(modified).ok());
        if let Some(since) = since {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(since);
            self.place.check(self.new.file.set_modified(time))?;
        }
        Ok(())
    }

    /// Puts the file in its place without waiting for the disk: for one of many.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn finish_unsynced(self) -> Result<(), FsError> {
        self.place.check(rustix::fs::renameat(
            &*self.new.parent,
            self.new.name.as_str(),
            &*self.place.parent,
            self.place.name.as_str(),
        ))?;
        self.new.keep();
        Ok(())
    }

    /// Puts the file in its place. A writer that is dropped without this leaves only parent directories.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub fn finish(self) -> Result<(), FsError> {
        self.place.put(self.new)
    }
}

impl Destination {
    pub(crate) fn check<T>(&self, result: Result<T, impl Into<io::Error>>) -> Result<T, FsError> {
        result.map_err(|error| FsError::system(&self.path, error))
    }

    /// Creates a temporary file beside the place, with the owner of the file that it will replace, and with its mode
    /// unless `mode` is another.
    pub(crate) fn temporary(&self, mode: Option<u32>) -> Result<Temporary, FsError> {
        let mode = mode.or(self.old.as_ref().map(sys::permissions));
        let new = self.check(Temporary::new(&self.parent, mode))?;
        self.keep_owner(&new.file)?;
        Ok(new)
    }

    /// Gives `file` the owner of the file that it will replace, if that can be.
    pub(crate) fn keep_owner(&self, file: &File) -> Result<(), FsError> {
        let Some(old) = &self.old else {
            return Ok(());
        };
        let own = self.check(rustix::fs::fstat(file))?;
        if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid) {
            let user = rustix::fs::Uid::from_raw(old.st_uid);
            let group = rustix::fs::Gid::from_raw(old.st_gid);
            // Fails unless the host is privileged; then the file belongs to the host's user, as with any editor.
            let _ = rustix::fs::fchown(file, Some(user), Some(group));
        }
        Ok(())
    }

    pub(crate) fn put(&self, new: Temporary) -> Result<(), FsError> {
        self.check(new.finish())?;
        self.check(rustix::fs::renameat(
            &*new.parent,
            new.name.as_str(),
            &*self.parent,
            self.name.as_str(),
        ))?;
        new.keep();
        Ok(())
    }

    pub(crate) fn put_new(&self, new: Temporary) -> Result<(), FsError> {
        self.check(new.finish())?;
        let (temporary, name) = (new.name.as_str(), self.name.as_str());
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&*new.parent, temporary, &*self.parent, name, flags) {
            Ok(()) => new.keep(),
            // Not every file system supports the flag. A hard link fails in the same way, and dropping `new` removes
            // the temporary name.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let flags = rustix::fs::AtFlags::empty();
                let linked =
                    rustix::fs::linkat(&*new.parent, temporary, &*self.parent, name, flags);
                self.check(linked)?;
            }
            Err(error) => self.check(Err(error))?,
        }
        Ok(())
    }
}

/// A file under an unpredictable name, removed unless it is put in its place.
pub(crate) struct Temporary {
    parent: Handle,
    name: String,
    pub file: File,
    /// Its final mode; `None` stands for the default of a new file.
    mode: Option<u32>,
    keep: bool,
}

impl Temporary {
    fn new(parent: &Handle, mode: Option<u32>) -> io::Result<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let name = format!(".luminarys-{:032x}", u128::from_ne_bytes(random));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = sys::open_file(parent, name.as_str(), flags, mode.unwrap_or(0o666))?;
        Ok(Self {
            parent: parent.clone(),
            name,
            file,
            mode,
            keep: false,
        })
    }

    /// Completes everything but the name.
    fn finish(&self) -> io::Result<()> {
        if let Some(mode) = self.mode {
            rustix::fs::fchmod(&self.file, rustix::fs::Mode::from_raw_mode(mode))?;
        }
        self.file.sync_data()
    }

    fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.keep {
            // There is no way to report it.
            let _ = sys::unlink(&self.parent, self.name.as_str());
        }
    }
}
