//! The store of a call of WASI 0.3, which runs beside others of its instance: it is borrowed for moments only.

use std::fs::File;

use luminarys_blocking::Place;
use luminarys_filesystem::{Failure, Filesystem, Relative};
use rustix::io::Errno;
use wasmtime::component::{Accessor, HasData, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};

use super::Trouble;
use crate::store::SkillStore;

type Fd = Resource<Descriptor>;

/// The interfaces' host.
pub(super) struct Files;

impl HasData for Files {
    type Data<'a> = &'a mut SkillStore;
}

/// The same store as `wasmtime-wasi` sees it.
pub(super) fn theirs(store: &Accessor<SkillStore, Files>) -> Accessor<SkillStore, WasiFilesystem> {
    store.with_getter::<WasiFilesystem>(SkillStore::filesystem)
}

/// A place in the skill's lane for what `wasmtime-wasi` does on a thread of its own.
pub(super) async fn place(store: &Accessor<SkillStore, Files>) -> Result<Place, Errno> {
    let lane = store.with(|mut access| access.get().environment.shared.lane.clone());
    lane.place().await.map_err(|_| Errno::IO)
}

/// Does something with a path beneath an open directory.
pub(super) async fn at<T: Send + 'static>(
    store: &Accessor<SkillStore, Files>,
    directory: &Fd,
    path: String,
    work: impl FnOnce(&Filesystem, &Relative) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Trouble> {
    let (relative, job) = store.with(|mut access| {
        let store = access.get();
        let relative = store.relative(directory, path)?;
        Ok::<_, Trouble>((relative, store.job()))
    })?;
    let done = job.run(move |files, _| work(files, &relative)).await;
    store.with(|mut access| access.get().settle(done))
}

/// Does something with what is open.
pub(super) async fn on<T: Send + 'static>(
    store: &Accessor<SkillStore, Files>,
    descriptor: &Fd,
    work: impl FnOnce(&Filesystem, &File, &str) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Trouble> {
    let ((file, path), job) = store.with(|mut access| {
        let store = access.get();
        let open = store.open_file(descriptor)?;
        Ok::<_, Trouble>((open, store.job()))
    })?;
    let done = job.run(move |files, _| work(files, &file, &path)).await;
    store.with(|mut access| access.get().settle(done))
}
