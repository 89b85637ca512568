//! Reloads when files change.
//!
//! Directories are watched rather than files, since most programs replace a file by renaming another over it. An event
//! only wakes the watcher up: the state of the files themselves tells whether something changed, which also detects
//! a file behind a replaced link or in a new directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::files::Seen;
use crate::hanging::{Bounded, TIMEOUT};
use crate::{Orchestrator, Settings, StartError};

/// How long to wait after the last change before reloading…
const QUIET: Duration = Duration::from_millis(200);
/// …and the maximum wait while changes go on.
const LONGEST_BURST: Duration = Duration::from_secs(2);

/// Files are watched for as long as this lives.
pub struct WatchGuard {
    _stop: DropGuard,
}

/// Files that are examined concurrently.
const AT_ONCE: usize = 64;

type ConfigChange = dyn Fn() -> Option<Settings> + Send + Sync;

impl Orchestrator {
    /// Reloads when a manifest or a package changes, 200 ms after the last change; failed skills are tried again.
    /// When one of `Settings::watch` changes, `on_config_change` is called for new settings first; `None` keeps the old
    /// ones. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError::Watch`] if the system offers no notifications. A single directory that cannot be watched is
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
                // Reading is not a change; a written file is complete when it is closed.
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
                // The receiver is dropped only when watching has ended.
                drop(sender.send(event));
            }
        })
        .map_err(|error| failed(error.to_string()))?;
        let stop = CancellationToken::new();
        let task = Task {
            orchestrator: self.clone(),
            bounded: self.0.bounded.clone(),
            watcher: Arc::new(Mutex::new(watcher)),
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
    bounded: Bounded,
    /// Shared with the thread that changes what it watches.
    watcher: Arc<Mutex<RecommendedWatcher>>,
    watched: BTreeMap<PathBuf, RecursiveMode>,
    events: UnboundedReceiver<notify::Event>,
    on_config_change: Arc<ConfigChange>,
    /// The state of `Settings::watch` at the last reload.
    config: Vec<Seen>,
}

/// The state of a file when it is examined.
struct Found {
    has_changed: bool,
    /// The path in events about it.
    spot: PathBuf,
    /// Its real path, if it is a directory.
    directory: Option<PathBuf>,
    /// The directories to watch for it.
    wanted: Vec<PathBuf>,
}

/// The changes until no more happened.
#[derive(Default)]
struct Burst {
    paths: BTreeSet<PathBuf>,
    /// Events were lost.
    lost: bool,
    /// Files that hung respond again.
    answered: bool,
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
        // Changes between loading and now.
        let mut again = self.has_changes().await;
        loop {
            let mut burst = Burst::default();
            if !again {
                tokio::select! {
                    event = self.events.recv() => match event {
                        Some(event) => burst.add(event),
                        None => return,
                    },
                    () = self.bounded.answered() => burst.answered = true,
                }
            }
            self.until_quiet(&mut burst).await;
            self.watch_directories(&burst.paths).await;
            let reloaded = self.act(&burst).await;
            if reloaded {
                self.watch_directories(&BTreeSet::new()).await;
            }
            again = reloaded && self.has_changes().await;
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

    /// Reloads if something changed, and returns whether it did. Waits for no package.
    async fn act(&mut self, burst: &Burst) -> bool {
        let config = self.look(self.config.clone()).await;
        if burst.lost || config.iter().any(|found| found.is_touched(burst)) {
            let before = self.config.clone();
            self.config = self.see(before.iter().map(|seen| &seen.path)).await;
            let asked = self.on_config_change.clone();
            let file = Path::new("the configuration");
            match self.bounded.run(file, TIMEOUT, move || asked()).await {
                Some(Some(settings)) => {
                    self.watch_config(&settings).await;
                    self.orchestrator.begin_reload(settings).await;
                    return true;
                }
                Some(None) => {}
                None => {
                    tracing::error!(
                        "the configuration does not respond; it is read again when it does"
                    );
                    self.config = before;
                }
            }
        }
        let skills = self.look(self.skill_files()).await;
        let is_named = |found: &Found| burst.paths.contains(&found.spot) || found.has_changed;
        if burst.lost || burst.answered || skills.iter().any(is_named) {
            self.orchestrator.reload_files().await;
            return true;
        }
        false
    }

    /// Files that were watched already keep their state from before they were read: a change meanwhile causes another
    /// reload.
    async fn watch_config(&mut self, settings: &Settings) {
        let known = |seen: &Seen| {
            self.config
                .iter()
                .find(|old| old.path == seen.path)
                .cloned()
        };
        let now = self.see(settings.watch.iter()).await.into_iter();
        self.config = now.map(|seen| known(&seen).unwrap_or(seen)).collect();
    }

    /// Whether a file has changed since it was read.
    async fn has_changes(&self) -> bool {
        let files = self.skill_files().into_iter();
        let all = files.chain(self.config.iter().cloned()).collect();
        let found = self.look(all).await;
        found.iter().any(|found| found.has_changed)
    }

    fn skill_files(&self) -> Vec<Seen> {
        let registry = self.orchestrator.registry();
        let entries = registry.entries().iter();
        entries.flat_map(|entry| entry.seen.clone()).collect()
    }

    /// Examines files concurrently, and skips those that hang.
    async fn look(&self, files: Vec<Seen>) -> Vec<Found> {
        let each: Vec<_> = files
            .into_iter()
            .map(|seen| {
                let bounded = self.bounded.clone();
                async move {
                    let path = seen.path.clone();
                    bounded.run(&path, TIMEOUT, move || Found::new(seen)).await
                }
            })
            .collect();
        let found = futures::stream::iter(each).buffered(AT_ONCE);
        found.filter_map(async |found| found).collect().await
    }

    /// Returns the state of each of `paths`; one that hangs counts as missing.
    async fn see(&self, paths: impl Iterator<Item = &PathBuf>) -> Vec<Seen> {
        let each: Vec<_> = paths
            .cloned()
            .map(|path| {
                let bounded = self.bounded.clone();
                async move {
                    let file = path.clone();
                    let seen = bounded.run(&path, TIMEOUT, move || Seen::now(&file)).await;
                    seen.unwrap_or(Seen { path, stamp: None })
                }
            })
            .collect();
        futures::stream::iter(each)
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    /// Watches the current directories of the files, and no longer the old ones. `touched` directories are watched
    /// again: one that was replaced has to be.
    async fn watch_directories(&mut self, touched: &BTreeSet<PathBuf>) {
        let settings = self.orchestrator.settings().await;
        let config = self.see(settings.watch.iter()).await;
        let config = self.look(config).await;
        let searched = config.iter().filter_map(|found| found.directory.clone());
        let mut wanted: BTreeMap<_, _> = searched
            .map(|path| (path, RecursiveMode::Recursive))
            .collect();
        let skills = self.look(self.skill_files()).await;
        for directory in skills.into_iter().chain(config).flat_map(|it| it.wanted) {
            want(&mut wanted, directory);
        }
        let (watcher, watched, touched) =
            (self.watcher.clone(), self.watched.clone(), touched.clone());
        let change = move || {
            let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            rewatch(&mut watcher, watched, wanted, &touched)
        };
        let place = Path::new("watched directories");
        match self.bounded.run(place, TIMEOUT, change).await {
            Some(watched) => self.watched = watched,
            None => {
                tracing::warn!("directories do not respond; new ones are not watched until they do")
            }
        }
    }
}

impl Found {
    /// Examines a file. Blocking.
    fn new(seen: Seen) -> Self {
        let canonical = seen.path.canonicalize().ok();
        Self {
            has_changed: seen.has_changed(),
            spot: spot(&seen.path),
            directory: canonical.filter(|path| path.is_dir()),
            wanted: directories(&seen.path),
        }
    }

    /// Whether it has changed, or something in it if it is a directory.
    fn is_touched(&self, burst: &Burst) -> bool {
        let beneath = |changed: &PathBuf| {
            let directory = self.directory.as_ref();
            directory.is_some_and(|directory| changed.starts_with(directory))
        };
        let mut paths = burst.paths.iter();
        self.has_changed || paths.any(|changed| *changed == self.spot || beneath(changed))
    }
}

/// Changes the watched directories from `watched` to `wanted`, except those that cannot be; returns the result.
/// Blocking.
fn rewatch(
    watcher: &mut RecommendedWatcher,
    mut watched: BTreeMap<PathBuf, RecursiveMode>,
    wanted: BTreeMap<PathBuf, RecursiveMode>,
    touched: &BTreeSet<PathBuf>,
) -> BTreeMap<PathBuf, RecursiveMode> {
    watched.retain(|path, mode| {
        let is_kept = wanted.get(path) == Some(mode) && !touched.contains(path);
        if !is_kept {
            // Fails for a directory that is gone, which is no longer watched.
            drop(watcher.unwatch(path));
        }
        is_kept
    });
    for (path, mode) in wanted {
        if watched.contains_key(&path) {
            continue;
        }
        match watcher.watch(&path, mode) {
            Ok(()) => drop(watched.insert(path, mode)),
            Err(error) => {
                tracing::warn!(directory = %path.display(), "cannot be watched for changes: {error}");
            }
        }
    }
    watched
}

/// Returns the path in events about `path`: its name in the real path of its parent.
fn spot(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// Returns the directory of `path` and of its link target; if it does not exist, the nearest that does.
fn directories(path: &Path) -> Vec<PathBuf> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let nearest = absolute
        .ancestors()
        .skip(1)
        .find_map(|ancestor| ancestor.canonicalize().ok().filter(|it| it.is_dir()));
    let target = absolute
        .canonicalize()
        .ok()
        .and_then(|target| target.parent().map(Path::to_owned));
    nearest.into_iter().chain(target).collect()
}

/// Adds a directory, unless it is in a watched tree: ending a second watch there would end the tree's.
fn want(wanted: &mut BTreeMap<PathBuf, RecursiveMode>, directory: PathBuf) {
    let within = |(tree, mode): (&PathBuf, &RecursiveMode)| {
        *mode == RecursiveMode::Recursive && directory.starts_with(tree)
    };
    if !wanted.iter().any(within) {
        wanted
            .entry(directory)
            .or_insert(RecursiveMode::NonRecursive);
    }
}
