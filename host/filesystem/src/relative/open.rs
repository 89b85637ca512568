//! Opening a path relative to an open directory, as in WASI.

use std::fs::File;

use luminarys_grants::Access;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Follow, Relative};
use crate::error::Failure;
use crate::filesystem::Filesystem;
use crate::guard::Guard;
use crate::model::FileKind;
use crate::place::{LastLink, Place, Resolved};
use crate::read::{must_be_regular, must_have_one_name};
use crate::sys::{self, Handle};

/// Attempts to open or create a file that others create and remove.
const ATTEMPTS: usize = 8;

/// How to open.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
    /// Follow a symbolic link at the end of the path.
    pub follow: bool,
    /// Create the file when nothing has the name.
    pub create: bool,
    /// Fail when something has the name.
    pub exclusive: bool,
    /// Empty the file.
    pub truncate: bool,
    /// Fail unless it is a directory.
    pub directory: bool,
    /// Open for reading.
    pub read: bool,
    /// Open for writing.
    pub write: bool,
}

/// What was opened.
pub struct Opened {
    /// The open file or directory.
    pub file: File,
    /// The true path.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Whether the manifest allows changing it.
    pub writable: bool,
}

impl OpenOptions {
    fn access(self) -> Access {
        match self.write || self.create || self.truncate {
            true => Access::Write,
            false => Access::Read,
        }
    }

    fn flags(self) -> OFlags {
        match (self.access(), self.read) {
            (Access::Write, true) => OFlags::RDWR,
            (Access::Write, false) => OFlags::WRONLY,
            (Access::Read, _) => OFlags::RDONLY,
        }
    }
}

impl Filesystem {
    /// Opens a file or directory. To be changed, a file must have no further hard links, which may be anywhere.
    pub fn open_at(&self, relative: &Relative, options: OpenOptions) -> Result<Opened, Failure> {
        let makes = options.create || options.exclusive || options.truncate;
        if options.directory && makes {
            return Err(Failure::system(&relative.path, Errno::INVAL));
        }
        let follow = options.follow && !(options.create && options.exclusive);
        let mut attempts = 0..ATTEMPTS;
        loop {
            let resolved = self.beneath(relative, Follow(follow), options.access())?;
            match self.open_place(&resolved, options) {
                // Someone else has created or removed it meanwhile.
                Err(failure)
                    if matches!(failure.errno, Errno::EXIST | Errno::NOENT)
                        && options.create
                        && !options.exclusive
                        && attempts.next().is_some() => {}
                opened => return opened,
            }
        }
    }

    /// Opens the granted directory at `path` itself.
    pub fn open_granted(&self, directory: &Handle, path: &str) -> Result<Opened, Failure> {
        let file = open_directory(directory, ".");
        let file = file.map_err(|errno| Failure::system(path, errno))?;
        Ok(self.opened(file, path.to_owned(), true))
    }

    /// Checks that an open file, found at `path`, may be changed, and records it.
    pub fn may_change(&self, file: &File, path: &str) -> Result<(), Failure> {
        let rule = &self.grants.filesystem.decide(path, Access::Write)?.rule;
        let stat = rustix::fs::fstat(file).map_err(|errno| Failure::system(path, errno))?;
        must_have_one_name(path, &stat)?;
        Guard::new(&self.grants.filesystem).admit(path, &stat, Access::Write)?;
        self.note(path, rule)?;
        Ok(())
    }

    /// Checks that the open directory at `path` may be listed, and records it.
    pub fn may_list(&self, path: &str) -> Result<(), Failure> {
        let (resolved, rule) = self.decided(path, LastLink::Keep, Access::Read)?;
        self.note(&resolved.path, &rule)?;
        Ok(())
    }

    /// Counts the names in the open directory at `path`, if it may be listed.
    pub fn count_names(&self, directory: &File, path: &str) -> Result<u64, Failure> {
        self.may_list(path)?;
        let failed = |errno| Failure::system(path, errno);
        let mut count = 0;
        for name in sys::names(directory).map_err(failed)? {
            name.map_err(failed)?;
            count += 1;
        }
        Ok(count)
    }

    fn open_place(&self, resolved: &Resolved, options: OpenOptions) -> Result<Opened, Failure> {
        let path = resolved.path.as_str();
        let failed = |errno| Failure::system(path, errno);
        let changes = options.access() == Access::Write;
        let (parent, name, stat) = match &resolved.place {
            Place::Missing { .. } => return self.make(resolved, options),
            _ if options.create && options.exclusive => return Err(failed(Errno::EXIST)),
            Place::Root(_) if changes => return Err(failed(Errno::ISDIR)),
            Place::Root(handle) => return self.open_granted(handle, path),
            Place::Entry { parent, name, stat } => (parent, name.as_str(), stat),
        };
        match sys::kind(stat) {
            FileKind::Symlink => Err(failed(Errno::LOOP)),
            FileKind::Directory if changes => Err(failed(Errno::ISDIR)),
            FileKind::Directory => {
                let file = open_directory(parent, name).map_err(failed)?;
                Ok(self.opened(file, path.to_owned(), true))
            }
            _ if options.directory || resolved.only_directory => Err(failed(Errno::NOTDIR)),
            // Devices, sockets and pipes are rejected before they are opened: opening can have effects.
            FileKind::Other | FileKind::File => {
                must_be_regular(path, stat)?;
                let file = sys::open_file(parent, name, options.flags(), 0).map_err(failed)?;
                // What is open can no longer be replaced.
                let stat = rustix::fs::fstat(&file).map_err(failed)?;
                must_be_regular(path, &stat)?;
                resolved.guard.admit(path, &stat, options.access())?;
                if changes {
                    must_have_one_name(path, &stat)?;
                }
                if options.truncate {
                    rustix::fs::ftruncate(&file, 0).map_err(failed)?;
                }
                Ok(self.opened(file, path.to_owned(), false))
            }
        }
    }

    fn make(&self, resolved: &Resolved, options: OpenOptions) -> Result<Opened, Failure> {
        let failed = |errno| Failure::system(&resolved.path, errno);
        let (parent, name) = resolved.free()?;
        if !options.create {
            return Err(failed(Errno::NOENT));
        }
        if resolved.only_directory {
            return Err(failed(Errno::ISDIR));
        }
        let flags = options.flags() | OFlags::CREATE | OFlags::EXCL;
        let file = sys::open_file(parent, name, flags, 0o666).map_err(failed)?;
        Ok(self.opened(file, resolved.path.clone(), false))
    }

    fn opened(&self, file: File, path: String, is_directory: bool) -> Opened {
        let writable = self.grants.filesystem.allows(&path, Access::Write);
        Opened {
            file,
            path,
            is_directory,
            writable,
        }
    }
}

/// Opens a directory to list it or, where the operating system denies that, to open what is in it.
fn open_directory(parent: &Handle, name: &str) -> Result<File, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = |access| rustix::fs::openat(&**parent, name, flags | access, Mode::empty());
    let opened = match open(OFlags::RDONLY) {
        Err(Errno::ACCESS) => open(OFlags::PATH),
        opened => opened,
    };
    opened.map(File::from)
}
