//! `wasi:filesystem` 0.3.

use futures::FutureExt as _;
use luminarys_filesystem::{Failure, Follow, OpenOptions};
use rustix::io::Errno;
use tokio::sync::oneshot;
use wasmtime::AsContextMut as _;
use wasmtime::component::{Access, Accessor, FutureReader, Linker, Resource, StreamReader};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p3::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p3::filesystem::{FilesystemError, FilesystemResult};

use super::accessor::{Files, at, on, place, theirs};
use super::described::{identity, p3_status, p3_times, status};
use super::listing::{Listing, entries};
use super::{WasiFileError, mode, short, sync};
use crate::store::SkillStore;

type Fd = Resource<Descriptor>;

pub(super) fn add_to_linker(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, Files>(linker, |store| store)?;
    preopens::add_to_linker::<_, Files>(linker, |store| store)
}

fn follow(flags: types::PathFlags) -> Follow {
    Follow(flags.contains(types::PathFlags::SYMLINK_FOLLOW))
}

impl preopens::Host for SkillStore {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        self.granted_directories()
    }
}

impl types::Host for SkillStore {
    fn convert_error_code(&mut self, error: FilesystemError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }
}

impl types::HostDescriptor for SkillStore {
    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        Ok(self.take_back(fd)?)
    }
}

/// Consumes nothing from `data`, and reports that writing is not permitted.
fn refused(
    mut store: Access<'_, SkillStore, Files>,
    mut data: StreamReader<u8>,
) -> wasmtime::Result<FutureReader<Result<(), types::ErrorCode>>> {
    data.close(&mut store)?;
    let denied = async { Ok::<_, wasmtime::Error>(Err(types::ErrorCode::NotPermitted)) };
    FutureReader::new(&mut store, denied)
}

type Entries = (
    StreamReader<types::DirectoryEntry>,
    FutureReader<Result<(), types::ErrorCode>>,
);

impl types::HostDescriptorWithStore<SkillStore> for Files {
    fn read_via_stream(
        mut store: Access<'_, SkillStore, Self>,
        fd: Fd,
        offset: types::Filesize,
    ) -> wasmtime::Result<(StreamReader<u8>, FutureReader<Result<(), types::ErrorCode>>)> {
        let access =
            Access::<_, WasiFilesystem>::new(store.as_context_mut(), SkillStore::filesystem);
        WasiFilesystem::read_via_stream(access, fd, offset)
    }

    fn write_via_stream(
        mut store: Access<'_, SkillStore, Self>,
        fd: Fd,
        data: StreamReader<u8>,
        offset: types::Filesize,
    ) -> wasmtime::Result<FutureReader<Result<(), types::ErrorCode>>> {
        if !store.get().may_feed_file(&fd) {
            return refused(store, data);
        }
        let access =
            Access::<_, WasiFilesystem>::new(store.as_context_mut(), SkillStore::filesystem);
        WasiFilesystem::write_via_stream(access, fd, data, offset)
    }

    fn append_via_stream(
        mut store: Access<'_, SkillStore, Self>,
        fd: Fd,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<FutureReader<Result<(), types::ErrorCode>>> {
        if !store.get().may_feed_file(&fd) {
            return refused(store, data);
        }
        let access =
            Access::<_, WasiFilesystem>::new(store.as_context_mut(), SkillStore::filesystem);
        WasiFilesystem::append_via_stream(access, fd, data)
    }

    async fn advise(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        offset: types::Filesize,
        length: types::Filesize,
        advice: types::Advice,
    ) -> FilesystemResult<()> {
        let _place = place(store).await.map_err(WasiFileError::from)?;
        WasiFilesystem::advise(&theirs(store), fd, offset, length, advice).await
    }

    async fn sync_data(store: &Accessor<SkillStore, Self>, fd: Fd) -> FilesystemResult<()> {
        let synced = on(store, &fd, |_, file, path| sync(file, path, true));
        Ok(synced.await?)
    }

    async fn get_flags(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
    ) -> FilesystemResult<types::DescriptorFlags> {
        WasiFilesystem::get_flags(&theirs(store), fd).await
    }

    async fn get_type(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
    ) -> FilesystemResult<types::DescriptorType> {
        let stat = on(store, &fd, |_, file, path| status(file, path)).await?;
        Ok(p3_status(&stat).type_)
    }

    async fn set_size(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        size: types::Filesize,
    ) -> FilesystemResult<()> {
        store.with(|mut access| access.get().is_file(&fd))?;
        let set = on(store, &fd, move |files, file, path| {
            files.may_change(file, path)?;
            let set = rustix::fs::ftruncate(file, size);
            set.map_err(|errno| Failure::system(path, errno))
        });
        Ok(set.await?)
    }

    async fn set_times(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FilesystemResult<()> {
        let times = p3_times(accessed, modified);
        let set = on(store, &fd, move |files, file, path| {
            files.may_change(file, path)?;
            let set = rustix::fs::futimens(file, &times);
            set.map_err(|errno| Failure::system(path, errno))
        });
        Ok(set.await?)
    }

    fn read_directory(
        mut store: Access<'_, SkillStore, Self>,
        fd: Fd,
    ) -> wasmtime::Result<Entries> {
        if let Err(error) = store.get().may_list(&fd) {
            let code = FilesystemError::from(error).downcast()?;
            let none: StreamReader<types::DirectoryEntry> =
                StreamReader::new(&mut store, std::iter::empty())?;
            let failed = async move { Ok::<_, wasmtime::Error>(Err(code)) };
            return Ok((none, FutureReader::new(&mut store, failed)?));
        }
        let data = store.get();
        let (file, _) = match data.open_file(&fd) {
            Ok(open) => open,
            Err(error) => return Err(FilesystemError::from(error).into()),
        };
        let (job, limit) = (data.job(), data.environment.shared.limits.max_output_bytes);
        let reading = job.run(move |_, _| Ok(entries(&file, limit)));
        let reading = reading.map(|read| read.unwrap_or(Err(types::ErrorCode::Io)));
        let (told, end) = oneshot::channel();
        let listing = Listing::new(reading.boxed(), told);
        let listing: StreamReader<types::DirectoryEntry> = StreamReader::new(&mut store, listing)?;
        Ok((listing, FutureReader::new(&mut store, end)?))
    }

    async fn sync(store: &Accessor<SkillStore, Self>, fd: Fd) -> FilesystemResult<()> {
        let synced = on(store, &fd, |_, file, path| sync(file, path, false));
        Ok(synced.await?)
    }

    async fn create_directory_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path: String,
    ) -> FilesystemResult<()> {
        let made = at(store, &fd, path, |files, relative| {
            files.make_directory_at(relative)
        });
        Ok(made.await?)
    }

    async fn stat(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
    ) -> FilesystemResult<types::DescriptorStat> {
        let stat = on(store, &fd, |_, file, path| status(file, path)).await?;
        Ok(p3_status(&stat))
    }

    async fn stat_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FilesystemResult<types::DescriptorStat> {
        let follow = follow(flags);
        let stat = at(store, &fd, path, move |files, relative| {
            files.status_at(relative, follow)
        });
        Ok(p3_status(&stat.await?))
    }

    async fn set_times_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FilesystemResult<()> {
        let (follow, times) = (follow(flags), p3_times(accessed, modified));
        let set = at(store, &fd, path, move |files, relative| {
            files.set_times_at(relative, follow, &times)
        });
        Ok(set.await?)
    }

    async fn link_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        _: types::PathFlags,
        path: String,
        new_fd: Fd,
        new_path: String,
    ) -> FilesystemResult<()> {
        let destination = store.with(|mut access| access.get().relative(&new_fd, new_path))?;
        let made = at(store, &fd, path, move |files, source| {
            files.hard_link_at(source, &destination)
        });
        Ok(made.await?)
    }

    async fn open_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FilesystemResult<Fd> {
        let synchronous = types::DescriptorFlags::FILE_INTEGRITY_SYNC
            | types::DescriptorFlags::DATA_INTEGRITY_SYNC
            | types::DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(synchronous) {
            return Err(WasiFileError::from(Errno::NOTSUP).into());
        }
        let write = flags.contains(types::DescriptorFlags::WRITE);
        let options = OpenOptions {
            follow: path_flags.contains(types::PathFlags::SYMLINK_FOLLOW),
            create: open_flags.contains(types::OpenFlags::CREATE),
            exclusive: open_flags.contains(types::OpenFlags::EXCLUSIVE),
            truncate: open_flags.contains(types::OpenFlags::TRUNCATE),
            directory: open_flags.contains(types::OpenFlags::DIRECTORY),
            read: flags.contains(types::DescriptorFlags::READ) || !write,
            write,
        };
        let opened = at(store, &fd, path, move |files, relative| {
            files.open_at(relative, options)
        });
        let opened = opened.await?;
        Ok(store.with(|mut access| access.get().hand_out(opened, mode(options)))?)
    }

    async fn readlink_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path: String,
    ) -> FilesystemResult<String> {
        let target = at(store, &fd, path, |files, relative| {
            files.link_target_at(relative)
        });
        Ok(target.await?)
    }

    async fn remove_directory_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path: String,
    ) -> FilesystemResult<()> {
        let removed = at(store, &fd, path, |files, relative| {
            files.remove_directory_at(relative)
        });
        Ok(removed.await?)
    }

    async fn rename_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path: String,
        new_fd: Fd,
        new_path: String,
    ) -> FilesystemResult<()> {
        let (source, destination, job) = store.with(|mut access| {
            let store = access.get();
            let source = store.relative(&fd, path)?;
            let destination = store.relative(&new_fd, new_path)?;
            Ok::<_, WasiFileError>((source, destination, store.job()))
        })?;
        let moved =
            job.run(move |files, given_up| files.rename_at(&source, &destination, given_up));
        let moved = moved.await;
        Ok(store.with(|mut access| {
            let store = access.get();
            let (from, to) = store.settle(moved)?;
            store.moved(&from, &to);
            Ok::<_, WasiFileError>(())
        })?)
    }

    async fn symlink_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        target: String,
        path: String,
    ) -> FilesystemResult<()> {
        short(&target).map_err(WasiFileError::from)?;
        let made = at(store, &fd, path, move |files, relative| {
            files.symlink_at(&target, relative)
        });
        Ok(made.await?)
    }

    async fn unlink_file_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        path: String,
    ) -> FilesystemResult<()> {
        let removed = at(store, &fd, path, |files, relative| {
            files.unlink_at(relative)
        });
        Ok(removed.await?)
    }

    async fn is_same_object(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        other: Fd,
    ) -> wasmtime::Result<bool> {
        let _place = place(store).await?;
        WasiFilesystem::is_same_object(&theirs(store), fd, other).await
    }

    async fn metadata_hash(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
    ) -> FilesystemResult<types::MetadataHashValue> {
        let stat = on(store, &fd, |_, file, path| status(file, path)).await?;
        let (lower, upper) = identity(&stat);
        Ok(types::MetadataHashValue { lower, upper })
    }

    async fn metadata_hash_at(
        store: &Accessor<SkillStore, Self>,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FilesystemResult<types::MetadataHashValue> {
        let follow = follow(flags);
        let stat = at(store, &fd, path, move |files, relative| {
            files.status_at(relative, follow)
        });
        let (lower, upper) = identity(&stat.await?);
        Ok(types::MetadataHashValue { lower, upper })
    }
}
