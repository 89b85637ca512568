//! Reload when a manifest, a package or the configuration changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::error::StartError;
use crate::{Orchestrator, Settings};

/// Editors write a file in several steps; one reload follows the last.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Watching ends when this is dropped.
pub struct WatchGuard {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Orchestrator {
    /// Reloads on every change. `settings_now` reads the configuration anew; none keeps what is deployed.
    ///
    /// # Errors
    /// [`StartError::Watch`] when the system offers no notification.
    pub fn watch(
        &self,
        settings_now: impl Fn() -> Option<Settings> + Send + Sync + 'static,
    ) -> Result<WatchGuard, StartError> {
        let (sender, mut changes) = mpsc::unbounded_channel();
        let failed = |error: notify::Error| StartError::Watch(error.to_string());
        let notified = move |event: notify::Result<notify::Event>| {
            // Reading is not a change; everything else may be.
            if let Ok(event) = event {
                if !event.kind.is_access() {
                    let _ = sender.send(event.paths);
                }
            }
        };
        let mut watcher = notify::recommended_watcher(notified).map_err(failed)?;
        let orchestrator = self.clone();
        let mut watched = BTreeSet::new();
        self.watch_directories(&mut watcher, &mut watched);
        let task = tokio::spawn(async move {
            while let Some(mut paths) = changes.recv().await {
                tokio::time::sleep(DEBOUNCE).await;
                while let Ok(more) = changes.try_recv() {
                    paths.extend(more);
                }
                let files = orchestrator.files();
                if !paths.iter().any(|path| files.contains(path)) {
                    continue;
                }
                if let Some(settings) = settings_now() {
                    orchestrator.reload(settings).await;
                    orchestrator.watch_directories(&mut watcher, &mut watched);
                }
            }
        });
        Ok(WatchGuard { task })
    }

    /// Every file whose change matters.
    fn files(&self) -> BTreeSet<PathBuf> {
        let settings = self.settings();
        let packages = self.skills().into_iter().filter_map(|skill| skill.package);
        let files = settings.manifests.into_iter().chain(settings.watch).chain(packages);
        files.map(|path| absolute(&path)).collect()
    }

    /// Watches their directories, since a file that is replaced is another file.
    fn watch_directories(&self, watcher: &mut notify::RecommendedWatcher, watched: &mut BTreeSet<PathBuf>) {
        for file in self.files() {
            let Some(directory) = file.parent().map(Path::to_owned) else { continue };
            if watched.contains(&directory) {
                continue;
            }
            match watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => drop(watched.insert(directory)),
                Err(error) => tracing::warn!(directory = %directory.display(), "not watched: {error}"),
            }
        }
    }
}

/// The path as notifications name it: its directory resolved, the file's own name kept.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (path.parent().and_then(|parent| parent.canonicalize().ok()), path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}
