//! Response bodies that are written to files, without passing through the skill.

use std::sync::Arc;

use luminarys_audit::CallAudit;
use luminarys_blocking::{BlockingError, Lane};
use luminarys_filesystem::{FsError, Writer};
use luminarys_grants::Narrowing;

use crate::capabilities::filesystem::audited;
use crate::environment::SkillShared;

/// The number of bytes written to a file at once.
const PIECE: usize = 256 << 10;

/// A file that is being written. It occupies a thread only during a write, as the server may be slow.
pub(super) struct Sink {
    /// `None` while it is on its thread, and after a failed or cancelled write.
    writer: Option<Writer>,
    /// The data that has arrived but is not written yet.
    waiting: Vec<u8>,
}

impl Sink {
    /// Starts writing `path`. The file is replaced by [`Sink::finish`].
    pub async fn open(
        shared: &Arc<SkillShared>,
        path: String,
        audit: Arc<CallAudit>,
        narrowing: Narrowing,
    ) -> Result<Self, FsError> {
        let files = audited(shared.filesystem.of(narrowing), audit);
        let opened = shared.lane.run(move || files.writer(&path)).await;
        Ok(Self {
            writer: Some(opened.map_err(lost)??),
            waiting: Vec::new(),
        })
    }

    /// Appends a piece.
    ///
    /// # Errors
    /// Errors of writing a file, which is then left unchanged.
    pub async fn put(&mut self, lane: &Lane, piece: &[u8]) -> Result<(), FsError> {
        self.waiting.extend_from_slice(piece);
        if self.waiting.len() < PIECE {
            return Ok(());
        }
        let mut writer = self.writer.take().ok_or_else(FsError::given_up)?;
        let waiting = std::mem::take(&mut self.waiting);
        let written = lane.run(move || writer.write_all(&waiting).map(|()| writer));
        self.writer = Some(written.await.map_err(lost)??);
        Ok(())
    }

    /// Completes the file and moves it to its path.
    pub async fn finish(self, lane: &Lane) -> Result<(), FsError> {
        let mut writer = self.writer.ok_or_else(FsError::given_up)?;
        let finished = lane.run(move || {
            writer.write_all(&self.waiting)?;
            writer.finish()
        });
        finished.await.map_err(lost)?
    }
}

fn lost(error: BlockingError) -> FsError {
    FsError::Io(error.to_string())
}
