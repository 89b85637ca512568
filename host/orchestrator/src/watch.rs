//! Reloading when files change.
//!
//! Directories are watched rather than files, since most programs replace a file by renaming another over it. An event
//! only wakes the watcher up: whether something changed is told by the state of the files themselves, which also finds
//! a file behind a replaced link or in a directory that was not there before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::files::{self, Seen};
use crate::{Orchestrator, Settings, StartError};

/// A change is acted upon when nothing more has happened for this long…
const QUIET: Duration = Duration::from_millis(200);
/// …or after this long, when something always happens.
const LONGEST_BURST: Duration = Duration::from_secs(2);

/// Files are watched for as long as this lives.
pub struct WatchGuard {
    _stop: DropGuard,
}

type ConfigChange = dyn Fn() -> Option<Settings> + Send + Sync;

impl Orchestrator {
    /// Reloads when a manifest or a package changes, 200 ms after the last change; what did not load is tried again.
    /// When one of `Settings::watch` changes, `on_config_change` is asked for new settings first; none keeps the old
    /// ones. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError::Watch`] when the system offers no notifications. A single directory that cannot be watched is
    /// logged.
    pub fn watch(
        &self,
        on_config_change: impl Fn() -> Option<Settings> + Send + Sync + 'static,
    ) -> Result<WatchGuard, StartError> {
        let failed = |reason: String| StartError::Watch(reason);
        let tokio =
            tokio::runtime::Handle::try_current().map_err(|error| failed(error.to_string()))?;
        let (sender, events) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let event = match event {
                // Reading is no change; what was written is whole when it is closed.
                Ok(event) => match event.kind {
                    EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(event),
                    EventKind::Access(_) => None,
                    _ => Some(event),
                },
                Err(error) => {
                    tracing::warn!("watching files: {error}");
                    None
                }
            };
            if let Some(event) = event {
                // The receiver is gone only when watching has ended.
                drop(sender.send(event));
            }
        })
        .map_err(|error| failed(error.to_string()))?;
        let stop = CancellationToken::new();
        let task = Task {
            orchestrator: self.clone(),
            watcher,
            watched: BTreeMap::new(),
            events,
            on_config_change: Arc::new(on_config_change),
            config: Vec::new(),
        };
        let stopped = stop.clone();
        tokio.spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = task.run() => {}
            }
        });
        Ok(WatchGuard {
            _stop: stop.drop_guard(),
        })
    }
}

struct Task {
    orchestrator: Orchestrator,
    watcher: RecommendedWatcher,
    watched: BTreeMap<PathBuf, RecursiveMode>,
    events: UnboundedReceiver<notify::Event>,
    on_config_change: Arc<ConfigChange>,
    /// `Settings::watch` as it was when it was last acted upon.
    config: Vec<Seen>,
}

/// What happened until it was quiet.
#[derive(Default)]
struct Burst {
    paths: BTreeSet<PathBuf>,
    /// Events were lost.
    lost: bool,
}

impl Burst {
    fn add(&mut self, event: notify::Event) {
        self.lost |= event.need_rescan();
        self.paths.extend(event.paths);
    }
}

impl Task {
    async fn run(mut self) {
        self.config = self.orchestrator.config_seen().await;
        self.watch_directories(&BTreeSet::new()).await;
        // What changed between loading and now.
        let mut again = self.files_changed() || self.config.iter().any(Seen::has_changed);
        loop {
            let mut burst = Burst::default();
            if !again {
                match self.events.recv().await {
                    Some(event) => burst.add(event),
                    None => return,
                }
            }
            self.until_quiet(&mut burst).await;
            self.watch_directories(&burst.paths).await;
            let reloaded = self.act(&burst).await;
            if reloaded {
                self.watch_directories(&BTreeSet::new()).await;
            }
            again = reloaded && (self.files_changed() || self.config.iter().any(Seen::has_changed));
        }
    }

    async fn until_quiet(&mut self, burst: &mut Burst) {
        let last = Instant::now() + LONGEST_BURST;
        loop {
            let until = last.min(Instant::now() + QUIET);
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) if Instant::now() < last => burst.add(event),
                Ok(Some(event)) => return burst.add(event),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Reloads if something changed; whether it did.
    async fn act(&mut self, burst: &Burst) -> bool {
        let settings = self.orchestrator.settings().await;
        if burst.lost || self.config_changed(&settings, burst) {
            self.config = files::seen(&settings.watch);
            let asked = self.on_config_change.clone();
            match tokio::task::spawn_blocking(move || asked()).await {
                Ok(Some(settings)) => {
                    self.watch_config(&settings);
                    self.orchestrator.reload(settings).await;
                    return true;
                }
                Ok(None) => {}
                Err(error) => tracing::error!("reading the changed configuration failed: {error}"),
            }
        }
        let named = self
            .skill_files()
            .iter()
            .any(|path| burst.paths.contains(&spot(path)));
        if burst.lost || named || self.files_changed() {
            self.orchestrator.reload_files().await;
            return true;
        }
        false
    }

    fn config_changed(&self, settings: &Settings, burst: &Burst) -> bool {
        let touched = |path: &PathBuf| {
            let directory = path.canonicalize().ok().filter(|path| path.is_dir());
            let beneath = |changed: &PathBuf| {
                directory
                    .as_ref()
                    .is_some_and(|directory| changed.starts_with(directory))
            };
            burst
                .paths
                .iter()
                .any(|changed| *changed == spot(path) || beneath(changed))
        };
        settings.watch.iter().any(touched) || self.config.iter().any(Seen::has_changed)
    }

    /// Files that were watched already keep their state from before they were read: a change meanwhile is one more.
    fn watch_config(&mut self, settings: &Settings) {
        let known = |seen: &Seen| {
            self.config
                .iter()
                .find(|old| old.path == seen.path)
                .cloned()
        };
        let now = files::seen(&settings.watch).into_iter();
        self.config = now.map(|seen| known(&seen).unwrap_or(seen)).collect();
    }

    fn files_changed(&self) -> bool {
        let registry = self.orchestrator.registry();
        registry
            .entries()
            .iter()
            .flat_map(|entry| &entry.seen)
            .any(Seen::has_changed)
    }

    fn skill_files(&self) -> Vec<PathBuf> {
        let registry = self.orchestrator.registry();
        registry
            .entries()
            .iter()
            .flat_map(|entry| &entry.seen)
            .map(|seen| seen.path.clone())
            .collect()
    }

    /// Watches where the files are now, and no longer where they were. `touched` directories are watched anew: one
    /// that was replaced has to be.
    async fn watch_directories(&mut self, touched: &BTreeSet<PathBuf>) {
        let config = self.orchestrator.settings().await.watch;
        let searched = config
            .iter()
            .filter(|path| path.is_dir())
            .filter_map(|path| path.canonicalize().ok());
        let mut wanted: BTreeMap<_, _> = searched
            .map(|path| (path, RecursiveMode::Recursive))
            .collect();
        for path in self.skill_files().iter().chain(&config) {
            want(&mut wanted, path);
        }
        let keeps = |path: &PathBuf, mode: &RecursiveMode| {
            wanted.get(path) == Some(mode) && !touched.contains(path)
        };
        let stale: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, mode)| !keeps(path, mode))
            .map(|(path, _)| path.clone())
            .collect();
        for path in stale {
            self.watched.remove(&path);
            // Fails for a directory that is gone, which nothing watches any more.
            drop(self.watcher.unwatch(&path));
        }
        for (path, mode) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            match self.watcher.watch(&path, mode) {
                Ok(()) => drop(self.watched.insert(path, mode)),
                Err(error) => {
                    tracing::warn!(directory = %path.display(), "not watched for changes: {error}")
                }
            }
        }
    }
}

/// Where events about `path` are said to happen: its name in the directory that its parent really is.
fn spot(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// Adds the directory of `path`, and of what it links to; of one that does not exist, the nearest that does.
fn want(wanted: &mut BTreeMap<PathBuf, RecursiveMode>, path: &Path) {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let nearest = absolute
        .ancestors()
        .skip(1)
        .find_map(|ancestor| ancestor.canonicalize().ok().filter(|it| it.is_dir()));
    let target = absolute
        .canonicalize()
        .ok()
        .and_then(|target| target.parent().map(Path::to_owned));
    for directory in nearest.into_iter().chain(target) {
        // A second watch within a tree would end the tree's there when it ends.
        let within = |(tree, mode): (&PathBuf, &RecursiveMode)| {
            *mode == RecursiveMode::Recursive && directory.starts_with(tree)
        };
        if wanted.iter().any(within) {
            continue;
        }
        wanted
            .entry(directory)
            .or_insert(RecursiveMode::NonRecursive);
    }
}
