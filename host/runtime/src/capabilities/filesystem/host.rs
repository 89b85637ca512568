//! The functions of `filesystem`: each runs on a blocking thread, and its errors are converted to WIT errors.

use std::sync::atomic::Ordering;

use luminarys_filesystem::{self as files, Filesystem, FsError, FsErrorKind};
use wasmtime::component::Resource;

use super::caller::answering;
use super::resources::{GivenGrep, GlobOptions, GrepOptions, ListOptions};
use super::state::FilesystemCapability;
use crate::bindings::luminarys::skill::filesystem as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::{Environment, View};

/// Runs `work` on a blocking thread. The flag that it gets is set when the call is abandoned; it should then return
/// soon.
pub(crate) async fn blocking<T: Send + 'static>(
    environment: &mut Environment,
    work: impl FnOnce(&Filesystem, &(dyn Fn() -> bool + Sync)) -> Result<T, FsError> + Send + 'static,
) -> Result<T, Error> {
    let shared = environment.shared.clone();
    let abandoned = environment.call.abandoned();
    let audit = environment.audit();
    let answer = environment.answer();
    let narrowing = environment.call.narrowing;
    let task = environment.shared.lane.run(move || {
        let files = answering(shared.filesystem.of(narrowing), audit, answer);
        work(&files, &|| abandoned.load(Ordering::Relaxed))
    });
    match task.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(environment, error)),
        Err(error) => Err(Error::Io(error.to_string())),
    }
}

/// Returns the error for the guest, and records a denial.
pub(crate) fn failed(environment: &mut Environment, error: FsError) -> Error {
    let text = error.to_string();
    match (error.kind(), error) {
        (_, FsError::Denied(denial)) => environment.denied(denial),
        (FsErrorKind::NotFound, _) => Error::NotFound(text),
        (FsErrorKind::AlreadyExists, _) => Error::AlreadyExists(text),
        (FsErrorKind::Invalid, _) => Error::Invalid(text),
        (FsErrorKind::TooLarge, _) => Error::TooLarge(text),
        (FsErrorKind::LimitExceeded, _) => Error::LimitExceeded(text),
        (FsErrorKind::Denied | FsErrorKind::Io, _) => Error::Io(text),
    }
}

impl wit::Host for View<'_, FilesystemCapability> {
    async fn read(&mut self, path: String) -> Result<Vec<u8>, Error> {
        blocking(self, move |files, _| files.read(&path)).await
    }

    async fn read_range(
        &mut self,
        path: String,
        offset: u64,
        length: u64,
    ) -> Result<Vec<u8>, Error> {
        blocking(self, move |files, _| {
            files.read_range(&path, offset, length)
        })
        .await
    }

    async fn write(&mut self, path: String, content: Vec<u8>) -> Result<(), Error> {
        let content = self.content(content)?;
        blocking(self, move |files, _| files.write(&path, &content)).await
    }

    async fn append(&mut self, path: String, content: Vec<u8>) -> Result<(), Error> {
        let content = self.content(content)?;
        blocking(self, move |files, _| files.append(&path, &content)).await
    }

    async fn create(&mut self, path: String, content: Vec<u8>) -> Result<(), Error> {
        let content = self.content(content)?;
        blocking(self, move |files, _| files.create(&path, &content)).await
    }

    async fn delete(&mut self, path: String) -> Result<(), Error> {
        blocking(self, move |files, given_up| files.delete(&path, given_up)).await
    }

    async fn mkdir(&mut self, path: String) -> Result<(), Error> {
        blocking(self, move |files, _| files.mkdir(&path)).await
    }

    async fn list(
        &mut self,
        path: String,
        after: Option<String>,
        options: Option<Resource<ListOptions>>,
    ) -> Result<wit::Page, Error> {
        let options = self.options(options, files::ListOptions::default())?;
        let page = blocking(self, move |files, _| {
            files.list(&path, after.as_deref(), options)
        });
        let page = page.await?;
        Ok(wit::Page {
            entries: page.entries.into_iter().map(entry).collect(),
            next: page.next,
        })
    }

    async fn stat(&mut self, path: String) -> Result<wit::Entry, Error> {
        blocking(self, move |files, _| files.stat(&path))
            .await
            .map(entry)
    }

    async fn copy(&mut self, source: String, destination: String) -> Result<(), Error> {
        blocking(self, move |files, given_up| {
            files.copy(&source, &destination, given_up)
        })
        .await
    }

    async fn rename(&mut self, source: String, destination: String) -> Result<(), Error> {
        blocking(self, move |files, given_up| {
            files.rename(&source, &destination, given_up)
        })
        .await
    }

    async fn chmod(&mut self, path: String, mode: u32, recursive: bool) -> Result<(), Error> {
        blocking(self, move |files, given_up| {
            files.chmod(&path, mode, recursive, given_up)
        })
        .await
    }

    async fn read_lines(
        &mut self,
        path: String,
        offset: u64,
        limit: u64,
    ) -> Result<wit::Lines, Error> {
        let found = blocking(self, move |files, given_up| {
            files.read_lines(&path, offset, limit, given_up)
        })
        .await?;
        Ok(wit::Lines {
            lines: found.lines,
            total: found.total,
            offset: found.offset,
            truncated: found.truncated,
        })
    }

    async fn grep(
        &mut self,
        pattern: String,
        path: Option<String>,
        options: Option<Resource<GrepOptions>>,
    ) -> Result<Vec<wit::FileMatch>, Error> {
        let GivenGrep(options) = self.options(options, GivenGrep::default())?;
        let found = blocking(self, move |files, given_up| {
            files.grep(&pattern, path.as_deref(), &options, given_up)
        })
        .await?;
        let line = |found: files::LineMatch| wit::LineMatch {
            line_number: found.line_number,
            line: found.line,
            ranges: found
                .ranges
                .into_iter()
                .map(|range| wit::Range {
                    start: range.start,
                    end: range.end,
                })
                .collect(),
        };
        let file = |found: files::FileMatch| wit::FileMatch {
            path: found.path,
            matches: found.matches.into_iter().map(line).collect(),
        };
        Ok(found.into_iter().map(file).collect())
    }

    async fn glob(
        &mut self,
        patterns: Vec<String>,
        path: Option<String>,
        options: Option<Resource<GlobOptions>>,
    ) -> Result<Vec<wit::GlobMatch>, Error> {
        let options = self.options(options, files::GlobOptions::default())?;
        let found = blocking(self, move |files, given_up| {
            files.glob(&patterns, path.as_deref(), &options, given_up)
        })
        .await?;
        Ok(found
            .into_iter()
            .map(|found| wit::GlobMatch {
                path: found.path,
                is_dir: found.is_dir,
            })
            .collect())
    }

    async fn allowed_dirs(&mut self) -> Vec<wit::AllowedDir> {
        let found = blocking(self, |files, given_up| Ok(files.allowed_dirs(given_up))).await;
        // Fails only if the call has ended.
        let access = |writable| {
            if writable {
                wit::Access::ReadWrite
            } else {
                wit::Access::ReadOnly
            }
        };
        let dirs = found.unwrap_or_default().into_iter();
        dirs.map(|dir| wit::AllowedDir {
            path: dir.path,
            access: access(dir.writable),
        })
        .collect()
    }
}

fn entry(entry: files::Entry) -> wit::Entry {
    use files::FileKind as Kind;
    wit::Entry {
        name: entry.name,
        kind: match entry.kind {
            Kind::File => wit::FileKind::File,
            Kind::Directory => wit::FileKind::Directory,
            Kind::Symlink => wit::FileKind::Symlink,
            Kind::Other => wit::FileKind::Other,
        },
        size: entry.size,
        details: entry.details.map(|details| wit::Details {
            modified: details.modified,
            mode: details.mode,
            mode_string: details.mode_string,
        }),
    }
}
