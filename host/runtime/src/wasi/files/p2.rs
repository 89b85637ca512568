//! `wasi:filesystem` 0.2.

use std::fs::File;
use std::sync::Arc;

use luminarys_filesystem::{Failure, Filesystem, Follow, OpenOptions, Relative};
use rustix::io::Errno;
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::described::{identity, p2_kind, p2_status, p2_times, status};
use super::{WasiFileError, mode, short, sync};
use crate::store::SkillStore;
use crate::wasi::effects::CHANGE_FILES;

/// The memory of one name of a list, in bytes.
const NAME: u64 = 128;

type Fd = Resource<Descriptor>;

pub(super) fn add_to_linker(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<SkillStore>>(linker, |store| store)?;
    preopens::add_to_linker::<_, HasSelf<SkillStore>>(linker, |store| store)
}

fn follow(flags: types::PathFlags) -> Follow {
    Follow(flags.contains(types::PathFlags::SYMLINK_FOLLOW))
}

impl SkillStore {
    /// Runs `work` on a path beneath an open directory.
    async fn at<T: Send + 'static>(
        &mut self,
        directory: &Fd,
        path: String,
        work: impl FnOnce(&Filesystem, &Relative) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, WasiFileError> {
        let relative = self.relative(directory, path)?;
        let done = self.job().run(move |files, _| work(files, &relative)).await;
        self.settle(done)
    }

    /// Runs `work` on an open descriptor.
    async fn on<T: Send + 'static>(
        &mut self,
        descriptor: &Fd,
        work: impl FnOnce(&Filesystem, &File, &str) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, WasiFileError> {
        let (file, path): (Arc<File>, Arc<str>) = self.open_file(descriptor)?;
        let done = self
            .job()
            .run(move |files, _| work(files, &file, &path))
            .await;
        self.settle(done)
    }
}

impl SkillStore {
    /// Wraps a stream so that each write is checked.
    fn guarded(
        &mut self,
        stream: Resource<DynOutputStream>,
        path: &str,
    ) -> FsResult<Resource<DynOutputStream>> {
        let guarded = self.environment.guard_output(&stream, CHANGE_FILES, path);
        guarded.map_err(FsError::trap)?;
        Ok(stream)
    }
}

impl preopens::Host for SkillStore {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        self.granted_directories()
    }
}

impl types::Host for SkillStore {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        types::Host::filesystem_error_code(&mut self.filesystem(), error)
    }
}

impl types::HostDescriptor for SkillStore {
    async fn advise(
        &mut self,
        fd: Fd,
        offset: types::Filesize,
        length: types::Filesize,
        advice: types::Advice,
    ) -> FsResult<()> {
        let _place = self.place().await.map_err(WasiFileError::from)?;
        types::HostDescriptor::advise(&mut self.filesystem(), fd, offset, length, advice).await
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        Ok(self.on(&fd, |_, file, path| sync(file, path, true)).await?)
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<types::DescriptorFlags> {
        types::HostDescriptor::get_flags(&mut self.filesystem(), fd).await
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<types::DescriptorType> {
        let stat = self.on(&fd, |_, file, path| status(file, path)).await?;
        Ok(p2_kind(&stat))
    }

    async fn set_size(&mut self, fd: Fd, size: types::Filesize) -> FsResult<()> {
        self.is_file(&fd)?;
        let set = self.on(&fd, move |files, file, path| {
            files.may_change(file, path)?;
            let set = rustix::fs::ftruncate(file, size);
            set.map_err(|errno| Failure::system(path, errno))
        });
        Ok(set.await?)
    }

    async fn set_times(
        &mut self,
        fd: Fd,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        let times = p2_times(accessed, modified);
        let set = self.on(&fd, move |files, file, path| {
            files.may_change(file, path)?;
            let set = rustix::fs::futimens(file, &times);
            set.map_err(|errno| Failure::system(path, errno))
        });
        Ok(set.await?)
    }

    async fn read(
        &mut self,
        fd: Fd,
        length: types::Filesize,
        offset: types::Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let _place = self.place().await.map_err(WasiFileError::from)?;
        types::HostDescriptor::read(&mut self.filesystem(), fd, length, offset).await
    }

    async fn write(
        &mut self,
        fd: Fd,
        bytes: Vec<u8>,
        offset: types::Filesize,
    ) -> FsResult<types::Filesize> {
        self.may_write(&fd)?;
        let held = self
            .environment
            .hold_bytes(bytes.len())
            .map_err(|_| WasiFileError::from(Errno::NOMEM));
        let _held = held?;
        let _place = self.place().await.map_err(WasiFileError::from)?;
        types::HostDescriptor::write(&mut self.filesystem(), fd, bytes, offset).await
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<types::DirectoryEntryStream>> {
        let names = self.on(&fd, |files, file, path| files.count_names(file, path));
        let names = names.await?;
        // The library reads all entries at once, and does not report when they are dropped.
        let listed = self.environment.call.listings.grow(names * NAME);
        listed.map_err(|_| WasiFileError::from(Errno::NOMEM))?;
        let _place = self.place().await.map_err(WasiFileError::from)?;
        types::HostDescriptor::read_directory(&mut self.filesystem(), fd).await
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        Ok(self
            .on(&fd, |_, file, path| sync(file, path, false))
            .await?)
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let made = self.at(&fd, path, |files, relative| {
            files.make_directory_at(relative)
        });
        Ok(made.await?)
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<types::DescriptorStat> {
        let stat = self.on(&fd, |_, file, path| status(file, path)).await?;
        Ok(p2_status(&stat))
    }

    async fn stat_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        let follow = follow(flags);
        let stat = self.at(&fd, path, move |files, relative| {
            files.status_at(relative, follow)
        });
        Ok(p2_status(&stat.await?))
    }

    async fn set_times_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        let (follow, times) = (follow(flags), p2_times(accessed, modified));
        let set = self.at(&fd, path, move |files, relative| {
            files.set_times_at(relative, follow, &times)
        });
        Ok(set.await?)
    }

    async fn link_at(
        &mut self,
        fd: Fd,
        _: types::PathFlags,
        path: String,
        new_fd: Fd,
        new_path: String,
    ) -> FsResult<()> {
        let destination = self.relative(&new_fd, new_path)?;
        let made = self.at(&fd, path, move |files, source| {
            files.hard_link_at(source, &destination)
        });
        Ok(made.await?)
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Fd> {
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
        let opened = self.at(&fd, path, move |files, relative| {
            files.open_at(relative, options)
        });
        let opened = opened.await?;
        Ok(self.hand_out(opened, mode(options))?)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        Ok(self.take_back(fd)?)
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        let target = self.at(&fd, path, |files, relative| files.link_target_at(relative));
        Ok(target.await?)
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let removed = self.at(&fd, path, |files, relative| {
            files.remove_directory_at(relative)
        });
        Ok(removed.await?)
    }

    async fn rename_at(
        &mut self,
        fd: Fd,
        path: String,
        new_fd: Fd,
        new_path: String,
    ) -> FsResult<()> {
        let source = self.relative(&fd, path)?;
        let destination = self.relative(&new_fd, new_path)?;
        let job = self.job();
        let moved =
            job.run(move |files, given_up| files.rename_at(&source, &destination, given_up));
        let moved = moved.await;
        let (from, to) = self.settle(moved)?;
        self.moved(&from, &to);
        Ok(())
    }

    async fn symlink_at(&mut self, fd: Fd, target: String, path: String) -> FsResult<()> {
        short(&target).map_err(WasiFileError::from)?;
        let made = self.at(&fd, path, move |files, relative| {
            files.symlink_at(&target, relative)
        });
        Ok(made.await?)
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let removed = self.at(&fd, path, |files, relative| files.unlink_at(relative));
        Ok(removed.await?)
    }

    fn read_via_stream(
        &mut self,
        fd: Fd,
        offset: types::Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        types::HostDescriptor::read_via_stream(&mut self.filesystem(), fd, offset)
    }

    fn write_via_stream(
        &mut self,
        fd: Fd,
        offset: types::Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        let path = self.may_write(&fd)?;
        let stream = types::HostDescriptor::write_via_stream(&mut self.filesystem(), fd, offset)?;
        self.guarded(stream, &path)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        let path = self.may_write(&fd)?;
        let stream = types::HostDescriptor::append_via_stream(&mut self.filesystem(), fd)?;
        self.guarded(stream, &path)
    }

    async fn is_same_object(&mut self, one: Fd, other: Fd) -> wasmtime::Result<bool> {
        let _place = self.place().await?;
        types::HostDescriptor::is_same_object(&mut self.filesystem(), one, other).await
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<types::MetadataHashValue> {
        let stat = self.on(&fd, |_, file, path| status(file, path)).await?;
        let (lower, upper) = identity(&stat);
        Ok(types::MetadataHashValue { lower, upper })
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        let follow = follow(flags);
        let stat = self.at(&fd, path, move |files, relative| {
            files.status_at(relative, follow)
        });
        let (lower, upper) = identity(&stat.await?);
        Ok(types::MetadataHashValue { lower, upper })
    }
}

impl types::HostDirectoryEntryStream for SkillStore {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        let files = &mut self.filesystem();
        types::HostDirectoryEntryStream::read_directory_entry(files, stream).await
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        types::HostDirectoryEntryStream::drop(&mut self.filesystem(), stream)
    }
}
