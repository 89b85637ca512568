//! `write`, `append`, `create` and `copy`. New content is written beside its place under a name of its own and then
//! moved there, so that a file is the old or the new one, whatever goes wrong.

use std::fs::File;
use std::io::{self, Read, Write as _};

use luminarys_grants::Access;
use rustix::fs::{OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::place::{LastLink, Place, Resolved};
use crate::read::{must_be_regular, open_regular};
use crate::sys::{self, Handle};

/// Bytes copied between two looks at whether the call is still wanted.
const COPY_STEP: u64 = 16 << 20;

/// Where a file is to be: a directory that exists, a name, and what has that name now.
struct Destination {
    parent: Handle,
    name: String,
    path: String,
    old: Option<Stat>,
}

impl Filesystem {
    /// Makes the file's content exactly `content`, with missing parent directories.
    ///
    /// # Errors
    /// [`FsError::Invalid`] when the place is no file, or as any function here: denied, the operating system's.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let place = self.destination(resolved)?;
        let mut new = place.temporary(None)?;
        place.check(new.file.write_all(content))?;
        place.put(new)
    }

    /// Whether `path` may be written. Nothing is made.
    ///
    /// # Errors
    /// As [`Filesystem::write`].
    pub fn may_write(&self, path: &str) -> Result<(), FsError> {
        self.resolve(path, LastLink::Follow, Access::Write)
            .map(drop)
    }

    /// Begins to write a file anew, with missing parent directories.
    ///
    /// # Errors
    /// As [`Filesystem::write`].
    pub fn writer(&self, path: &str) -> Result<Writer, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let place = self.destination(resolved)?;
        let new = place.temporary(None)?;
        Ok(Writer { place, new })
    }

    /// As [`Filesystem::write`], but only when nothing has the name.
    ///
    /// # Errors
    /// [`FsError::AlreadyExists`] when something has, a link to nowhere included.
    pub fn create(&self, path: &str, content: &[u8]) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Keep, Access::Write)?;
        if !matches!(resolved.place, Place::Missing { .. }) {
            return Err(FsError::system(&resolved.path, Errno::EXIST));
        }
        let place = self.destination(resolved)?;
        let mut new = place.temporary(None)?;
        place.check(new.file.write_all(content))?;
        place.put_new(new)
    }

    /// Adds to the end of a file, making it and its parents when absent.
    ///
    /// # Errors
    /// As [`Filesystem::write`].
    pub fn append(&self, path: &str, content: &[u8]) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        if let Place::Entry { .. } = resolved.place {
            let file = open_regular(&resolved, OFlags::WRONLY | OFlags::APPEND)?;
            return self.append_to(file, resolved, content);
        }
        let place = self.destination(resolved)?;
        let mut new = place.temporary(None)?;
        place.check(new.file.write_all(content))?;
        match place.put_new(new) {
            // Another call was faster: then there is a file to append to.
            Err(FsError::AlreadyExists(_)) => {
                let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
                let file = open_regular(&resolved, OFlags::WRONLY | OFlags::APPEND)?;
                self.append_to(file, resolved, content)
            }
            done => done,
        }
    }

    /// A file to add to, made when absent, and its true path.
    ///
    /// # Errors
    /// As [`Filesystem::write`]; [`FsError::Invalid`] for a file that has other names, which may be anywhere.
    pub fn open_append(&self, path: &str) -> Result<(String, File), FsError> {
        // Nothing is added: the file is made.
        self.append(path, b"")?;
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let file = open_regular(&resolved, OFlags::RDWR | OFlags::APPEND)?;
        let stat = rustix::fs::fstat(&file);
        let stat = stat.map_err(|error| FsError::system(&resolved.path, error))?;
        if stat.st_nlink > 1 {
            return Err(FsError::invalid(&resolved.path, "has other names as well"));
        }
        Ok((resolved.path, file))
    }

    fn append_to(&self, mut file: File, resolved: Resolved, content: &[u8]) -> Result<(), FsError> {
        let failed = |error: io::Error| FsError::system(&resolved.path, error);
        let stat = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
        if stat.st_nlink > 1 {
            // The other names may be anywhere, and keep the old content.
            let mut old = open_regular(&resolved, OFlags::RDONLY)?;
            let place = self.destination(resolved)?;
            let mut new = place.temporary(None)?;
            place.check(io::copy(&mut old, &mut new.file))?;
            place.check(new.file.write_all(content))?;
            return place.put(new);
        }
        let before = sys::size(&stat);
        let mut left = content;
        while !left.is_empty() {
            match file.write(left) {
                Ok(0) => return Err(failed(io::ErrorKind::WriteZero.into())),
                Ok(written) => left = &left[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let written = (content.len() - left.len()) as u64;
                    let now = file.metadata().map(|metadata| metadata.len());
                    // Takes half an addition back, unless somebody else has added too.
                    if written > 0 && now.is_ok_and(|now| now == before + written) {
                        file.set_len(before).map_err(failed)?;
                    }
                    return Err(failed(error));
                }
            }
        }
        Ok(())
    }

    /// Copies one file with its mode, replacing the destination at once or not at all.
    ///
    /// # Errors
    /// [`FsError::Invalid`] when either is no file or both are the same, or as [`Filesystem::write`].
    pub fn copy(
        &self,
        source: &str,
        destination: &str,
        cancelled: Cancelled<'_>,
    ) -> Result<(), FsError> {
        let from = self.resolve(source, LastLink::Follow, Access::Read)?;
        let to = self.resolve(destination, LastLink::Follow, Access::Write)?;
        if from.path == to.path {
            return Err(FsError::invalid(&from.path, "cannot be copied onto itself"));
        }
        let file = open_regular(&from, OFlags::RDONLY)?;
        let stat = rustix::fs::fstat(&file).map_err(|error| FsError::system(&from.path, error))?;
        let place = self.destination(to)?;
        let mut new = place.temporary(Some(sys::permissions(&stat)))?;
        loop {
            if cancelled() {
                return Err(FsError::given_up());
            }
            let step = io::copy(&mut Read::take(&file, COPY_STEP), &mut new.file);
            if place.check(step)? == 0 {
                break;
            }
        }
        place.put(new)
    }

    /// The place for a file: parents made, nothing there but a regular file.
    fn destination(&self, resolved: Resolved) -> Result<Destination, FsError> {
        let path = resolved.path;
        if resolved.only_directory {
            return Err(FsError::invalid(
                &path,
                "is to be a file, but is named as a directory",
            ));
        }
        match resolved.place {
            Place::Root(_) => Err(FsError::invalid(&path, "is a directory")),
            Place::Entry { parent, name, stat } => {
                must_be_regular(&path, &stat)?;
                Ok(Destination {
                    parent,
                    name,
                    path,
                    old: Some(stat),
                })
            }
            Place::Missing { parent, mut names } => {
                let name = names.pop().unwrap_or_default();
                let end = path.len() - name.len() - 1;
                let parent = self.make_directories(parent, &path[..end], &names)?;
                Ok(Destination {
                    parent,
                    name,
                    path,
                    old: None,
                })
            }
        }
    }

    /// Makes the directories `names`, one in the other; the last of them is `path`. All are decided before one is made.
    pub(crate) fn make_directories(
        &self,
        mut parent: Handle,
        path: &str,
        names: &[String],
    ) -> Result<Handle, FsError> {
        self.may_make(path, names.len())?;
        for name in names {
            parent =
                sys::make_directory(&parent, name).map_err(|error| FsError::system(path, error))?;
        }
        Ok(parent)
    }

    /// Whether the last `count` directories of `path` may be made.
    pub(crate) fn may_make(&self, path: &str, count: usize) -> Result<(), FsError> {
        let mut path = path;
        for _ in 0..count {
            self.grants.filesystem.decide(path, Access::Write)?;
            path = &path[..path.rfind('/').unwrap_or(0)];
        }
        Ok(())
    }
}

/// A file that is being written under a name of its own.
pub struct Writer {
    place: Destination,
    new: Temporary,
}

impl Writer {
    /// Adds `bytes`.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.place.check(self.new.file.write_all(bytes))
    }

    /// Sets permission bits and, in seconds since 1970, when it was changed. After all has been written.
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

    /// As [`Writer::finish`], without waiting for the disk: for one of many.
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

    /// Puts the file in its place. Dropped without this, nothing has changed but parent directories.
    pub fn finish(self) -> Result<(), FsError> {
        self.place.put(self.new)
    }
}

impl Destination {
    fn check<T>(&self, result: Result<T, impl Into<io::Error>>) -> Result<T, FsError> {
        result.map_err(|error| FsError::system(&self.path, error))
    }

    /// A file beside the place, with the owner of the one it will replace, and its mode unless `mode` says otherwise.
    fn temporary(&self, mode: Option<u32>) -> Result<Temporary, FsError> {
        let mode = mode.or(self.old.as_ref().map(sys::permissions));
        let new = self.check(Temporary::new(&self.parent, mode))?;
        if let Some(old) = &self.old {
            let own = self.check(rustix::fs::fstat(&new.file))?;
            if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid) {
                let user = rustix::fs::Uid::from_raw(old.st_uid);
                let group = rustix::fs::Gid::from_raw(old.st_gid);
                // Only a privileged host may; otherwise the file becomes the host's, as with any editor.
                let _ = rustix::fs::fchown(&new.file, Some(user), Some(group));
            }
        }
        Ok(new)
    }

    fn put(&self, new: Temporary) -> Result<(), FsError> {
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

    fn put_new(&self, new: Temporary) -> Result<(), FsError> {
        self.check(new.finish())?;
        let (temporary, name) = (new.name.as_str(), self.name.as_str());
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&*new.parent, temporary, &*self.parent, name, flags) {
            Ok(()) => new.keep(),
            // File systems without it: a second name fails the same way, and the first goes with `new`.
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

/// A file under a name that nobody can foresee, removed unless it is put in place.
struct Temporary {
    parent: Handle,
    name: String,
    file: File,
    /// The mode it gets in the end; `None` leaves what the umask gives a new file.
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

    /// Everything but the name.
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
            // Nothing more can be done about a file that does not go.
            let _ = sys::unlink(&self.parent, self.name.as_str());
        }
    }
}
