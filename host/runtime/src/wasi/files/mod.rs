//! `wasi:filesystem` on the road of the `filesystem` capability: whatever names a path is resolved, decided and written down
//! there, and opened by us. What is open already is left to `wasmtime-wasi`.
//!
//! - `p2`, `p3`: the interfaces of WASI 0.2 and 0.3; `described`: what they tell of a file; `listing`: directories as streams of 0.3;
//!   `accessor`: the store of its calls

mod accessor;
mod described;
mod listing;
mod p2;
mod p3;

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use luminarys_accounts::Holder;
use luminarys_audit::CallAudit;
use luminarys_blocking::Place;
use luminarys_filesystem::{
    Failure, Filesystem, FsError as FileError, OpenOptions, Opened, Relative, is_beneath,
};
use luminarys_grants::Narrowing;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use wasmtime::component::{Linker, Resource, ResourceTableError};
use wasmtime_wasi::filesystem::{Descriptor, Dir, File as OpenFile};
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p3::filesystem::FilesystemError;
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::capabilities::filesystem::audited;
use crate::environment::SkillShared;
use crate::store::SkillStore;
use crate::wasi::descriptors::Known;
use crate::wasi::effects::CHANGE_FILES;

/// Puts these functions in the place of WASI's own.
///
/// # Errors
/// wasmtime's, when the interfaces are not there to be replaced.
pub(crate) fn guard_files(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    p2::add_to_linker(linker)?;
    p3::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The longest path, in bytes (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Refuses a path that is longer than any.
fn short(path: &str) -> Result<(), Errno> {
    match path.len() <= MAX_PATH {
        true => Ok(()),
        false => Err(Errno::NAMETOOLONG),
    }
}

/// How a function of these interfaces fails.
#[derive(Debug)]
enum Trouble {
    /// The guest is told a number.
    Errno(Errno),
    /// The guest has broken the interface's rules, which traps.
    Trap(ResourceTableError),
}

impl From<Errno> for Trouble {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<ResourceTableError> for Trouble {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error)
    }
}

impl From<Trouble> for FsError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Errno(errno) => io::Error::from(errno).into(),
            Trouble::Trap(error) => Self::trap(error),
        }
    }
}

impl From<Trouble> for FilesystemError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Errno(errno) => io::Error::from(errno).into(),
            Trouble::Trap(error) => Self::trap(error),
        }
    }
}

/// What work on files needs, away from the store.
struct Job {
    shared: Arc<SkillShared>,
    audit: Arc<CallAudit>,
    abandoned: Arc<AtomicBool>,
    narrowing: Narrowing,
}

impl Job {
    /// Runs `work` where it may block. It is told when its call has been given up.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Filesystem, &(dyn Fn() -> bool + Sync)) -> Result<T, Failure>
        + Send
        + 'static,
    ) -> Result<T, Failure> {
        let lane = self.shared.lane.clone();
        let task = lane.run(move || {
            let files = self.shared.filesystem.of(self.narrowing);
            let files = audited(files, self.audit);
            work(&files, &|| self.abandoned.load(Ordering::Relaxed))
        });
        let done = task.await;
        done.unwrap_or_else(|error| Err(FileError::Io(error.to_string()).into()))
    }
}

/// Returns how what is opened with these options may be used.
fn mode(options: OpenOptions) -> OpenMode {
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::READ, options.read);
    mode.set(
        OpenMode::WRITE,
        options.write || options.create || options.truncate,
    );
    mode
}

/// Has what was written to a file or directory reach the disk, with `data` its content only.
fn sync(file: &File, path: &str, data: bool) -> Result<(), Failure> {
    let sync = |file: &File| match data {
        true => rustix::fs::fdatasync(file),
        false => rustix::fs::fsync(file),
    };
    let synced = match sync(file) {
        // A directory may be open without the right to read it.
        Err(Errno::BADF) => {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let again = rustix::fs::openat(file, ".", flags, Mode::empty());
            again.and_then(|again| sync(&again.into()))
        }
        synced => synced,
    };
    synced.map_err(|errno| Failure::system(path, errno))
}

impl SkillStore {
    fn job(&mut self) -> Job {
        Job {
            shared: self.environment.shared.clone(),
            audit: self.environment.audit(),
            abandoned: self.environment.call.abandoned(),
            narrowing: self.environment.call.narrowing,
        }
    }

    /// What the guest is told; a denial is noted.
    fn settle<T>(&mut self, done: Result<T, Failure>) -> Result<T, Trouble> {
        done.map_err(|Failure { error, errno }| {
            if let FileError::Denied(denial) = error {
                // The guest is told the number only; the outcome of its call keeps the denial.
                drop(self.environment.denied(denial));
            }
            Trouble::Errno(errno)
        })
    }

    /// Refuses directories.
    fn is_file(&self, descriptor: &Resource<Descriptor>) -> Result<(), Trouble> {
        match self.environment.table.get(descriptor)? {
            Descriptor::File(_) => Ok(()),
            Descriptor::Dir(_) => Err(Errno::BADF.into()),
        }
    }

    /// A place in the skill's lane for what `wasmtime-wasi` does on a thread of its own.
    async fn place(&mut self) -> Result<Place, Errno> {
        let lane = self.environment.shared.lane.clone();
        lane.place().await.map_err(|_| Errno::IO)
    }

    fn path_of(&self, descriptor: &Resource<Descriptor>) -> Result<Arc<str>, Trouble> {
        let known = self.wasi.descriptors.0.get(&descriptor.rep());
        Ok(known.map(|known| known.path.clone()).ok_or(Errno::BADF)?)
    }

    /// A path beneath an open directory.
    fn relative(
        &mut self,
        directory: &Resource<Descriptor>,
        path: String,
    ) -> Result<Relative, Trouble> {
        match self.environment.table.get(directory)? {
            Descriptor::Dir(_) => {}
            Descriptor::File(_) => return Err(Errno::NOTDIR.into()),
        }
        // Before it is queued: nobody waits for what can only fail.
        short(&path)?;
        let directory = self.path_of(directory)?.to_string();
        Ok(Relative { directory, path })
    }

    /// What is open, and its path.
    fn open_file(
        &mut self,
        descriptor: &Resource<Descriptor>,
    ) -> Result<(Arc<File>, Arc<str>), Trouble> {
        let file = match self.environment.table.get(descriptor)? {
            Descriptor::Dir(open) => open.dir.clone(),
            Descriptor::File(open) => open.file.clone(),
        };
        Ok((file, self.path_of(descriptor)?))
    }

    /// Hands what was opened to the guest.
    fn hand_out(
        &mut self,
        opened: Opened,
        mode: OpenMode,
    ) -> Result<Resource<Descriptor>, Trouble> {
        // WASI has no number for too many open files.
        let account = &self.environment.shared.accounts.descriptors;
        let held = account.charge(Holder::Resources, 1);
        let held = held.map_err(|_| Errno::NOMEM)?;
        let permissions = match opened.writable {
            true => FsPerms::ReadWrite,
            false => FsPerms::ReadOnly,
        };
        let descriptor = match opened.is_directory {
            true => Descriptor::Dir(Dir::new(opened.file, permissions, mode, false)),
            false => Descriptor::File(OpenFile::new(opened.file, permissions, mode, false)),
        };
        let descriptor = self.environment.table.push(descriptor)?;
        let known = Known {
            path: opened.path.into(),
            _held: held,
        };
        self.wasi.descriptors.0.insert(descriptor.rep(), known);
        Ok(descriptor)
    }

    /// Whether an open directory may be looked into.
    fn may_list(&mut self, directory: &Resource<Descriptor>) -> Result<(), Trouble> {
        let path = self.path_of(directory)?;
        let audit = self.environment.audit();
        let files = self
            .environment
            .shared
            .filesystem
            .of(self.environment.call.narrowing);
        let files = audited(files, audit);
        let decided = files.may_list(&path);
        self.settle(decided)
    }

    /// Whether the call may write to what is open, whichever call has opened it.
    fn may_write(&mut self, descriptor: &Resource<Descriptor>) -> Result<Arc<str>, Trouble> {
        let path = self.path_of(descriptor)?;
        match self.environment.may(CHANGE_FILES, &path).is_ok() {
            true => Ok(path),
            false => Err(Errno::PERM.into()),
        }
    }

    /// The same for a stream of WASI 0.3. What is not open fails later.
    fn may_feed_file(&mut self, descriptor: &Resource<Descriptor>) -> bool {
        let path = self.path_of(descriptor).unwrap_or_default();
        self.environment.may_feed(CHANGE_FILES, &path)
    }

    /// Takes what was open back.
    fn take_back(&mut self, descriptor: Resource<Descriptor>) -> Result<(), ResourceTableError> {
        self.wasi.descriptors.0.remove(&descriptor.rep());
        drop(self.environment.table.delete(descriptor)?);
        Ok(())
    }

    /// What was open beneath `from` is open beneath `to` now.
    fn moved(&mut self, from: &str, to: &str) {
        for Known { path, .. } in self.wasi.descriptors.0.values_mut() {
            if is_beneath(path, from) {
                *path = format!("{to}{}", &path[from.len()..]).into();
            }
        }
    }

    /// Every granted directory once, opened. What is restricted in it is decided with each path.
    fn granted_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let shared = self.environment.shared.clone();
        let mut directories: Vec<(Resource<Descriptor>, String)> = Vec::new();
        for entry in shared.grants.filesystem.entries() {
            if directories.iter().any(|(_, path)| *path == entry.root) {
                continue;
            }
            // A call that is not narrowed may go on from them.
            let files = shared.filesystem.all();
            match files.open_granted(&entry.dir, &entry.root) {
                Ok(opened) => {
                    let mode = match opened.writable {
                        true => OpenMode::READ | OpenMode::WRITE,
                        false => OpenMode::READ,
                    };
                    let handed = self.hand_out(opened, mode);
                    let handed = handed.map_err(FsError::from)?;
                    directories.push((handed, entry.root.clone()));
                }
                Err(failure) => {
                    let (directory, error) = (&entry.root, failure.error);
                    tracing::warn!(skill = %self.environment.shared.id, %directory, "not offered through WASI: {error}");
                }
            }
        }
        Ok(directories)
    }
}
