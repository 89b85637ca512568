//! Files on their way. Each step occupies a thread of the skill only while it reads or writes, as the other node may be slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use luminarys_accounts::Charge;
use luminarys_blocking::{BlockingError, Lane};
use luminarys_filesystem::{Filesystem, FsError, Incoming, Outgoing};

/// The memory of one transfer: what is on its way, and what is being read or written, in bytes.
pub(super) const HELD: u64 = 8 << 20;

/// Where the steps of a transfer run, and what they are charged to.
#[derive(Clone)]
pub(super) struct Steps {
    pub lane: Lane,
    /// Whether the skill has ended, or has other grants now.
    pub ended: Arc<AtomicBool>,
    /// The charge of the whole transfer.
    pub held: Arc<Charge>,
}

impl Steps {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FsError> + Send + 'static,
    ) -> Result<T, FsError> {
        let ended = self.ended.clone();
        let step = self.lane.run(move || {
            if ended.load(Ordering::Relaxed) {
                let text = "the skill has ended, or its grants have changed, while a file was on its way; try again";
                return Err(FsError::Io(text.to_owned()));
            }
            work()
        });
        step.await.unwrap_or_else(|error| Err(lost(&error)))
    }
}

fn lost(error: &BlockingError) -> FsError {
    FsError::Io(error.to_string())
}

/// A file of a skill that is being sent.
pub struct OutgoingFile {
    file: Arc<Outgoing>,
    steps: Steps,
}

impl OutgoingFile {
    /// Opens a file.
    pub(super) async fn open(
        files: Filesystem,
        path: String,
        steps: Steps,
    ) -> Result<Self, FsError> {
        let file = steps.run(move || files.outgoing(&path)).await?;
        Ok(Self {
            file: Arc::new(file),
            steps,
        })
    }

    /// Returns how many bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        self.file.size()
    }

    /// Returns a text that changes whenever the file is replaced or written to.
    pub fn version(&self) -> String {
        self.file.version()
    }

    /// Reads at most `most` bytes from byte `offset` on; none only at the end.
    ///
    /// # Errors
    /// [`FsError::System`]; [`FsError::Io`] when the skill has other grants now.
    pub async fn read(&self, offset: u64, most: usize) -> Result<Bytes, FsError> {
        let file = self.file.clone();
        self.steps
            .run(move || file.read(offset, most).map(Bytes::from))
            .await
    }
}

/// Where a file of a skill is to be received. Nothing is there yet.
pub struct IncomingPlace {
    files: Filesystem,
    path: String,
    steps: Steps,
}

impl IncomingPlace {
    pub(super) fn new(files: Filesystem, path: String, steps: Steps) -> Self {
        Self { files, path, steps }
    }

    /// Returns the path, as the skill has written it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Opens the place with what was received for `key`, 32 hexadecimal digits, within a day.
    ///
    /// # Errors
    /// [`FsError`]: it may not be written, or cannot be.
    pub async fn open(&self, key: String) -> Result<IncomingFile, FsError> {
        let (files, path) = (self.files.clone(), self.path.clone());
        let file = self.steps.run(move || files.incoming(&path, &key)).await?;
        Ok(IncomingFile {
            received: file.received(),
            file: Some(file),
            steps: self.steps.clone(),
        })
    }
}

/// A file of a skill that is being received. It has its name once it is committed; what was received before stays when this is
/// dropped.
pub struct IncomingFile {
    /// `None` while it is on its thread, and after a step that was cancelled.
    file: Option<Incoming>,
    received: u64,
    steps: Steps,
}

impl IncomingFile {
    /// Returns how many bytes were received, in this or an earlier transfer.
    pub fn received(&self) -> u64 {
        self.received
    }

    async fn step<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Incoming) -> Result<T, FsError> + Send + 'static,
    ) -> Result<T, FsError> {
        let mut file = self.file.take().ok_or_else(FsError::given_up)?;
        let done = self.steps.run(move || {
            let done = work(&mut file);
            Ok((file, done))
        });
        let (file, done) = done.await?;
        self.received = file.received();
        self.file = Some(file);
        done
    }

    /// Returns how many more bytes there is space for.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub async fn free_space(&mut self) -> Result<u64, FsError> {
        self.step(|file| file.free_space()).await
    }

    /// Reads at most `most` of the received bytes from byte `offset` on.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub async fn read_back(&mut self, offset: u64, most: usize) -> Result<Bytes, FsError> {
        self.step(move |file| file.read_back(offset, most).map(Bytes::from))
            .await
    }

    /// Appends to what was received.
    ///
    /// # Errors
    /// [`FsError::System`]
    pub async fn append(&mut self, bytes: Bytes) -> Result<(), FsError> {
        self.step(move |file| file.append(&bytes)).await
    }

    /// Gives the file its name, once it is on the disk.
    ///
    /// # Errors
    /// [`FsError::System`]; the name has then no file, or still the earlier one.
    pub async fn commit(mut self) -> Result<(), FsError> {
        let file = self.file.take().ok_or_else(FsError::given_up)?;
        self.steps.run(move || file.commit()).await
    }

    /// Removes what was received.
    pub async fn discard(mut self) {
        if let Some(file) = self.file.take() {
            // Also after the skill's end.
            let _ = self.steps.lane.run(move || file.discard()).await;
        }
    }
}
