//! The entries of a directory as a stream of WASI 0.3. They are all read at the first request: a guest that leaves a
//! stream unread must not occupy a thread.

use std::fs::File;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use rustix::fs::{AtFlags, OFlags};
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};
use wasmtime_wasi::p3::bindings::filesystem::types::{DirectoryEntry, ErrorCode};

use super::described::p3_status;

/// The entries of a directory, or an error.
pub(super) type Entries = Result<Vec<DirectoryEntry>, ErrorCode>;

/// Reads the entries of an open directory, of at most `limit` bytes. Blocking.
///
/// # Errors
/// The operating system's; [`ErrorCode::InsufficientMemory`] beyond the limit.
pub(super) fn entries(directory: &File, limit: u64) -> Entries {
    let failed = |errno: rustix::io::Errno| ErrorCode::from(std::io::Error::from(errno));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(directory, ".", flags, rustix::fs::Mode::empty());
    let names = opened.and_then(rustix::fs::Dir::new).map_err(failed)?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for name in names {
        let name = name.map_err(failed)?;
        let name = name.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        // An entry that is removed during the listing is skipped.
        let Ok(stat) = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        bytes += (name.to_bytes().len() + size_of::<DirectoryEntry>()) as u64;
        if bytes > limit {
            return Err(ErrorCode::InsufficientMemory);
        }
        let name = name.to_str().map_err(|_| ErrorCode::IllegalByteSequence)?;
        entries.push(DirectoryEntry {
            type_: p3_status(&stat).type_,
            name: name.to_owned(),
        });
    }
    Ok(entries)
}

/// A stream that passes the entries to the guest.
pub(super) struct Listing {
    /// `None` after the entries have been passed.
    reading: Option<BoxFuture<'static, Entries>>,
    end: Option<oneshot::Sender<Result<(), ErrorCode>>>,
}

impl Listing {
    /// Creates a stream of the entries of `reading`; `end` receives the result.
    pub fn new(
        reading: BoxFuture<'static, Entries>,
        end: oneshot::Sender<Result<(), ErrorCode>>,
    ) -> Self {
        Self {
            reading: Some(reading),
            end: Some(end),
        }
    }

    fn close(&mut self, end: Result<(), ErrorCode>) -> StreamResult {
        if let Some(told) = self.end.take() {
            // The guest may have dropped the receiver.
            let _ = told.send(end);
        }
        StreamResult::Dropped
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.close(Ok(()));
    }
}

impl<D> StreamProducer<D> for Listing {
    type Item = DirectoryEntry;
    type Buffer = VecBuffer<DirectoryEntry>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(Ok(self.close(Ok(()))));
        };
        let found = match reading.as_mut().poll(context) {
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            found => ready!(found),
        };
        self.reading = None;
        Poll::Ready(Ok(match found {
            Ok(entries) if entries.is_empty() => self.close(Ok(())),
            Ok(entries) => {
                destination.set_buffer(entries.into());
                StreamResult::Completed
            }
            Err(error) => self.close(Err(error)),
        }))
    }
}
