//! `write`, `append`, `create` and `copy`: content goes to a `writer`, and only then to its place.

use std::fs::File;
use std::io::{self, Read, Write as _};

use luminarys_grants::Access;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::error::{FsError, FsErrorKind};
use crate::filesystem::{Cancelled, Filesystem};
use crate::place::{LastLink, Place, Resolved};
use crate::read::{must_be_regular, open_regular};
use crate::sys::{self, Handle};
use crate::writer::{Destination, Writer};

/// Bytes copied between two checks whether the call was cancelled.
const COPY_STEP: u64 = 16 << 20;

impl Filesystem {
    /// Replaces a file's content; creates the file and its parent directories when absent.
    ///
    /// # Errors
    /// [`FsError::Invalid`] when something other than a file is there, [`FsError::Denied`], [`FsError::System`].
    pub fn write(&self, path: &str, content: &[u8]) -> Result<(), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let place = self.destination(resolved)?;
        let mut new = place.temporary(None)?;
        place.check(new.file.write_all(content))?;
        place.put(new)
    }

    /// Checks that `path` may be written, and changes nothing.
    ///
    /// # Errors
    /// As [`Filesystem::write`].
    pub fn may_write(&self, path: &str) -> Result<(), FsError> {
        self.resolve(path, LastLink::Follow, Access::Write)
            .map(drop)
    }

    /// Begins to replace a file's content; creates its parent directories when absent.
    ///
    /// # Errors
    /// As [`Filesystem::write`].
    pub fn writer(&self, path: &str) -> Result<Writer, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
        let place = self.destination(resolved)?;
        let new = place.temporary(None)?;
        Ok(Writer { place, new })
    }

    /// Creates a file, as [`Filesystem::write`] does, if nothing has the name.
    ///
    /// # Errors
    /// [`FsError::AlreadyExists`] when something has, even a dangling link; otherwise as [`Filesystem::write`].
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

    /// Appends to a file; creates it and its parent directories when absent.
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
            // Another call has created it meanwhile.
            Err(error) if error.kind() == FsErrorKind::AlreadyExists => {
                let resolved = self.resolve(path, LastLink::Follow, Access::Write)?;
                let file = open_regular(&resolved, OFlags::WRONLY | OFlags::APPEND)?;
                self.append_to(file, resolved, content)
            }
            done => done,
        }
    }

    /// Opens a file to append to, created when absent, and returns its true path.
    ///
    /// # Errors
    /// As [`Filesystem::write`]; [`FsError::Invalid`] for a file with further hard links, which may be anywhere.
    pub fn open_append(&self, path: &str) -> Result<(String, File), FsError> {
        // Creates the file.
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
            // The other links may be anywhere, and keep the old content.
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
                    // Removes what was appended of it, unless someone else has appended too.
                    if written > 0 && now.is_ok_and(|now| now == before + written) {
                        file.set_len(before).map_err(failed)?;
                    }
                    return Err(failed(error));
                }
            }
        }
        Ok(())
    }

    /// Copies a file and its mode; the destination is replaced atomically.
    ///
    /// # Errors
    /// [`FsError::Invalid`] unless both are files, and different ones; otherwise as [`Filesystem::write`].
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

    /// Prepares the place for a file: creates parent directories, rejects anything but a regular file there.
    pub(crate) fn destination(&self, resolved: Resolved) -> Result<Destination, FsError> {
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

    /// Creates the nested directories `names`, of which the last is `path`. All are decided on before the first is
    /// created.
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

    /// Checks that the last `count` directories of `path` may be created.
    pub(crate) fn may_make(&self, path: &str, count: usize) -> Result<(), FsError> {
        let mut path = path;
        for _ in 0..count {
            self.grants.filesystem.decide(path, Access::Write)?;
            path = &path[..path.rfind('/').unwrap_or(0)];
        }
        Ok(())
    }
}
