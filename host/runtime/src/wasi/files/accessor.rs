//! Access to the store in a call of WASI 0.3, which runs concurrently with others of its instance: the store is
//! borrowed only briefly.

use std::fs::File;

use luminarys_blocking::Place;
use luminarys_filesystem::{Failure, Filesystem, Relative};
use rustix::io::Errno;
use wasmtime::component::{Accessor, HasData, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};

use super::WasiFileError;
use crate::store::SkillStore;

type Fd = Resource<Descriptor>;

/// The interfaces' host.
pub(super) struct Files;

impl HasData for Files {
    type Data<'a> = &'a mut SkillStore;
}

/// Returns the store as `wasmtime-wasi` sees it.
pub(super) fn theirs(store: &Accessor<SkillStore, Files>) -> Accessor<SkillStore, WasiFilesystem> {
    store.with_getter::<WasiFilesystem>(SkillStore::filesystem)
}

/// Waits for a place in the skill's lane for work that `wasmtime-wasi` runs on its own thread.
pub(super) async fn place(store: &Accessor<SkillStore, Files>) -> Result<Place, Errno> {
    let lane = store.with(|mut access| access.get().environment.shared.lane.clone());
    lane.place().await.map_err(|_| Errno::IO)
}

/// Runs `work` on a path beneath an open directory.
pub(super) async fn at<T: Send + 'static>(
    store: &Accessor<SkillStore, Files>,
    directory: &Fd,
    path: String,
    work: impl FnOnce(&Filesystem, &Relative) -> Result<T, Failure> + Send + 'static,
) -> Result<T, WasiFileError> {
    let (relative, job) = store.with(|mut access| {
        let store = access.get();
        let relative = store.relative(directory, path)?;
        Ok::<_, WasiFileError>((relative, store.job()))
    })?;
    let done = job.run(move |files, _| work(files, &relative)).await;
    store.with(|mut access| access.get().settle(done))
}

/// Runs `work` on an open descriptor.
pub(super) async fn on<T: Send + 'static>(
    store: &Accessor<SkillStore, Files>,
    descriptor: &Fd,
    work: impl FnOnce(&Filesystem, &File, &str) -> Result<T, Failure> + Send + 'static,
) -> Result<T, WasiFileError> {
    let ((file, path), job) = store.with(|mut access| {
        let store = access.get();
        let open = store.open_file(descriptor)?;
        Ok::<_, WasiFileError>((open, store.job()))
    })?;
    let done = job.run(move |files, _| work(files, &file, &path)).await;
    store.with(|mut access| access.get().settle(done))
}
