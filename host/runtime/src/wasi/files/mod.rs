//! `wasi:filesystem` through the `filesystem` capability: it resolves every path, decides, records the decision and
//! opens the file. Operations on open descriptors are left to `wasmtime-wasi`.
//!
//! - `p2`, `p3`: the interfaces of WASI 0.2 and 0.3; `described`: file status; `listing`: directories as streams of
//!   0.3; `accessor`: access to the store in calls of 0.3

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

/// Replaces WASI's own functions with these.
///
/// # Errors
/// wasmtime's, when the linker does not define the interfaces.
pub(crate) fn guard_files(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    p2::add_to_linker(linker)?;
    p3::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The maximum length of a path, in bytes (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Rejects a path that is too long.
fn short(path: &str) -> Result<(), Errno> {
    match path.len() <= MAX_PATH {
        true => Ok(()),
        false => Err(Errno::NAMETOOLONG),
    }
}

/// The error of a function of these interfaces.
#[derive(Debug)]
enum WasiFileError {
    /// The guest gets an error code.
    Errno(Errno),
    /// The guest has broken the interface's rules, which traps.
    Trap(ResourceTableError),
}

impl From<Errno> for WasiFileError {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<ResourceTableError> for WasiFileError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error)
    }
}

impl From<WasiFileError> for FsError {
    fn from(error: WasiFileError) -> Self {
        match error {
            WasiFileError::Errno(errno) => io::Error::from(errno).into(),
            WasiFileError::Trap(error) => Self::trap(error),
        }
    }
}

impl From<WasiFileError> for FilesystemError {
    fn from(error: WasiFileError) -> Self {
        match error {
            WasiFileError::Errno(errno) => io::Error::from(errno).into(),
            WasiFileError::Trap(error) => Self::trap(error),
        }
    }
}

/// The state that work on files needs without the store.
struct Job {
    shared: Arc<SkillShared>,
    audit: Arc<CallAudit>,
    abandoned: Arc<AtomicBool>,
    narrowing: Narrowing,
}

impl Job {
    /// Runs `work` on a blocking thread, with a flag that is set when the call is abandoned.
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

/// Returns the open mode for these options.
fn mode(options: OpenOptions) -> OpenMode {
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::READ, options.read);
    mode.set(
        OpenMode::WRITE,
        options.write || options.create || options.truncate,
    );
    mode
}

/// Syncs a file or directory to the disk, with `data` its content only.
fn sync(file: &File, path: &str, data: bool) -> Result<(), Failure> {
    let sync = |file: &File| match data {
        true => rustix::fs::fdatasync(file),
        false => rustix::fs::fsync(file),
    };
    let synced = match sync(file) {
        // A directory may be open without read access.
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

    /// Converts an error for the guest, and records a denial.
    fn settle<T>(&mut self, done: Result<T, Failure>) -> Result<T, WasiFileError> {
        done.map_err(|Failure { error, errno }| {
            if let FileError::Denied(denial) = error {
                // The guest gets only the error code; the outcome of its call keeps the denial.
                drop(self.environment.denied(denial));
            }
            WasiFileError::Errno(errno)
        })
    }

    /// Rejects directories.
    fn is_file(&self, descriptor: &Resource<Descriptor>) -> Result<(), WasiFileError> {
        match self.environment.table.get(descriptor)? {
            Descriptor::File(_) => Ok(()),
            Descriptor::Dir(_) => Err(Errno::BADF.into()),
        }
    }

    /// Waits for a place in the skill's lane for work that `wasmtime-wasi` runs on its own thread.
    async fn place(&mut self) -> Result<Place, Errno> {
        let lane = self.environment.shared.lane.clone();
        lane.place().await.map_err(|_| Errno::IO)
    }

    fn path_of(&self, descriptor: &Resource<Descriptor>) -> Result<Arc<str>, WasiFileError> {
        let known = self.wasi.descriptors.0.get(&descriptor.rep());
        Ok(known.map(|known| known.path.clone()).ok_or(Errno::BADF)?)
    }

    /// Returns the path of `path` beneath an open directory.
    fn relative(
        &mut self,
        directory: &Resource<Descriptor>,
        path: String,
    ) -> Result<Relative, WasiFileError> {
        match self.environment.table.get(directory)? {
            Descriptor::Dir(_) => {}
            Descriptor::File(_) => return Err(Errno::NOTDIR.into()),
        }
        // Checked before queueing: a path that is too long can only fail.
        short(&path)?;
        let directory = self.path_of(directory)?.to_string();
        Ok(Relative { directory, path })
    }

    /// Returns the open file and its path.
    fn open_file(
        &mut self,
        descriptor: &Resource<Descriptor>,
    ) -> Result<(Arc<File>, Arc<str>), WasiFileError> {
        let file = match self.environment.table.get(descriptor)? {
            Descriptor::Dir(open) => open.dir.clone(),
            Descriptor::File(open) => open.file.clone(),
        };
        Ok((file, self.path_of(descriptor)?))
    }

    /// Gives an opened file or directory to the guest.
    fn hand_out(
        &mut self,
        opened: Opened,
        mode: OpenMode,
    ) -> Result<Resource<Descriptor>, WasiFileError> {
        // WASI has no error code for too many open files.
        let shared = &self.environment.shared;
        let account = &shared.accounts.descriptors;
        let held = shared
            .spares
            .or_without(|| account.charge(Holder::Resources, 1));
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

    /// Decides whether an open directory may be listed.
    fn may_list(&mut self, directory: &Resource<Descriptor>) -> Result<(), WasiFileError> {
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

    /// Decides whether the call may write to an open file, which an earlier call may have opened.
    fn may_write(&mut self, descriptor: &Resource<Descriptor>) -> Result<Arc<str>, WasiFileError> {
        let path = self.path_of(descriptor)?;
        match self.environment.may(CHANGE_FILES, &path).is_ok() {
            true => Ok(path),
            false => Err(Errno::PERM.into()),
        }
    }

    /// Decides whether a stream of WASI 0.3 may be written to an open file. A descriptor that is not open fails later.
    fn may_feed_file(&mut self, descriptor: &Resource<Descriptor>) -> bool {
        let path = self.path_of(descriptor).unwrap_or_default();
        self.environment.may_feed(CHANGE_FILES, &path)
    }

    /// Takes an open descriptor back from the guest.
    fn take_back(&mut self, descriptor: Resource<Descriptor>) -> Result<(), ResourceTableError> {
        self.wasi.descriptors.0.remove(&descriptor.rep());
        drop(self.environment.table.delete(descriptor)?);
        Ok(())
    }

    /// Updates the paths of open descriptors after a rename of `from` to `to`.
    fn moved(&mut self, from: &str, to: &str) {
        for Known { path, .. } in self.wasi.descriptors.0.values_mut() {
            if is_beneath(path, from) {
                *path = format!("{to}{}", &path[from.len()..]).into();
            }
        }
    }

    /// Returns every granted directory once, opened. Restrictions in it are decided with each path.
    fn granted_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let shared = self.environment.shared.clone();
        let mut directories: Vec<(Resource<Descriptor>, String)> = Vec::new();
        for entry in shared.grants.filesystem.entries() {
            if directories.iter().any(|(_, path)| *path == entry.root) {
                continue;
            }
            // A later call without narrowing may use them.
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
