//! The certificate in use, replaced while the host serves when its files change.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::task::spawn_blocking;

use crate::tls::{TlsError, TlsFiles};

/// The interval at which the files are checked. Polled, since events do not report a replaced symbolic link or
/// a file on another machine.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// The interval of warnings about a certificate that expires soon.
const WARN_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The certificate for new connections.
pub(crate) struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

/// Identifies a state of the files.
type State = [Option<(SystemTime, u64, u64)>; 2];

impl Certificates {
    /// Reads the certificate and its key. Blocking.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let current = RwLock::new(Arc::new(files.load()?));
        Ok(Arc::new(Self { files, current }))
    }

    fn current(&self) -> Arc<CertifiedKey> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads the files whenever they change. A failure is logged, and the previous certificate stays in use.
    pub async fn follow(self: Arc<Self>) {
        let mut seen = self.look().await;
        // It may have changed since it was loaded.
        let mut used = None;
        let mut ticks = tokio::time::interval(LOOK_INTERVAL);
        let mut warnings = tokio::time::interval(WARN_INTERVAL);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let found = self.look().await;
                    // Two files are not replaced atomically: they are loaded once they no longer change.
                    if found == seen && used.as_ref() != Some(&found) {
                        self.reload(used.is_some()).await;
                        used = Some(found);
                    }
                    seen = found;
                }
                _ = warnings.tick() => {
                    if let Some(text) = self.files.ends_soon(&self.current()) {
                        tracing::warn!("{text}");
                    }
                }
            }
        }
    }

    async fn look(self: &Arc<Self>) -> State {
        let this = self.clone();
        let looking =
            spawn_blocking(move || [&this.files.cert, &this.files.key].map(|it| state(it)));
        looking.await.unwrap_or_default()
    }

    async fn reload(self: &Arc<Self>, is_change: bool) {
        let this = self.clone();
        let loaded = spawn_blocking(move || this.files.load()).await;
        match loaded {
            Ok(Ok(loaded)) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(loaded);
                drop(current);
                if is_change {
                    tracing::info!(
                        "the certificate in {} is used for new connections",
                        self.files.cert.display()
                    );
                }
            }
            Ok(Err(error)) => tracing::error!("the previous certificate stays in use: {error}"),
            Err(error) => tracing::error!("the previous certificate stays in use: {error}"),
        }
    }
}

fn state(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some((metadata.modified().ok()?, metadata.len(), inode))
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificates")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
