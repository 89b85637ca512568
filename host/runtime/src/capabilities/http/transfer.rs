//! Bodies from and to files, without passing through the skill.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::StreamExt as _;
use reqwest::Body;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use crate::audit::CallAudit;
use crate::capabilities::filesystem::FsError;
use crate::store::SkillShared;

/// Pieces on their way to the disk.
const QUEUE: usize = 16;
/// Bytes read from a file at once.
const PIECE: usize = 256 << 10;

/// A file that is being written by a thread of its own.
pub(super) struct Sink {
    pieces: mpsc::Sender<Option<Bytes>>,
    thread: tokio::task::JoinHandle<Result<(), FsError>>,
}

impl Sink {
    /// Begins to write `path` anew. Nothing is there until [`Sink::finish`].
    pub fn open(shared: &Arc<SkillShared>, path: String, audit: Arc<CallAudit>) -> Self {
        let (pieces, mut queue) = mpsc::channel::<Option<Bytes>>(QUEUE);
        let files = shared.filesystem.audited(audit);
        let thread = tokio::task::spawn_blocking(move || {
            let mut writer = files.writer(&path)?;
            loop {
                match queue.blocking_recv() {
                    Some(Some(piece)) => writer.write_all(&piece)?,
                    Some(None) => return writer.finish(),
                    None => return Err(FsError::given_up()),
                }
            }
        });
        Self { pieces, thread }
    }

    /// Whether the thread still takes pieces; when not, [`Sink::finish`] says why.
    pub async fn put(&self, piece: Bytes) -> bool {
        self.pieces.send(Some(piece)).await.is_ok()
    }

    /// Puts the file in its place.
    pub async fn finish(self) -> Result<(), FsError> {
        // When the thread has ended, its error is the answer.
        let _ = self.pieces.send(None).await;
        let ended = self.thread.await;
        ended.unwrap_or_else(|error| Err(FsError::Io(error.to_string())))
    }
}

/// A file on its way out.
pub(super) struct Source {
    pub body: Body,
    pub length: u64,
    /// Bytes handed to the connection so far.
    pub sent: Arc<AtomicU64>,
}

impl Source {
    pub fn new(file: std::fs::File, length: u64) -> Self {
        let sent = Arc::new(AtomicU64::new(0));
        let count = sent.clone();
        // What is added to the file meanwhile is not part of what was announced.
        let file = tokio::fs::File::from_std(file).take(length);
        let pieces = ReaderStream::with_capacity(file, PIECE).inspect(move |piece| {
            let length = piece.as_ref().map_or(0, Bytes::len);
            count.fetch_add(length as u64, Ordering::Relaxed);
        });
        Self {
            body: Body::wrap_stream(pieces),
            length,
            sent,
        }
    }
}
