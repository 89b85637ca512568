//! Reading all manifests and loading what is new: from settings and the last registry to the next.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt as _;
use luminarys_grants::{AuthorityPlace, Protected};
use luminarys_package::Trust;
use luminarys_runtime::{Accounts, AuditLog, PeersSlot, Runtime, RuntimeError, RuntimeOptions};
use tokio::task::spawn_blocking;

use crate::Settings;
use crate::authority;
use crate::files::{self, ReadManifest, Seen};
use crate::linking;
use crate::load::{Entry, Loader};
use crate::registry::{Registry, duplicate_id};
use crate::report::SkillReport;
use crate::source::Packages;

/// What the running skills were loaded with.
pub(crate) struct Current {
    pub settings: Settings,
    pub runtime: Runtime,
    peers: PeersSlot,
    audit: AuditLog,
    accounts: Accounts,
    /// `Settings::watch` as it was when the settings came.
    pub config: Vec<Seen>,
    /// Grows with each runtime, since skills of one cannot be kept under another.
    generation: u64,
    /// What is closed to every skill, those that run already included.
    protected: Protected,
}

/// Told the manifest whose loading begins.
pub(crate) type OnLoad = dyn Fn(&str) + Send + Sync;

impl Current {
    /// Sets up the engine; loads nothing yet.
    ///
    /// # Errors
    /// [`RuntimeError`] when the engine or the data directory cannot be used.
    pub async fn new(
        settings: Settings,
        peers: PeersSlot,
        audit: AuditLog,
        accounts: Accounts,
    ) -> Result<Self, RuntimeError> {
        // Loading takes time, and a change meanwhile must be noticed when watching begins.
        let config = files::seen(&settings.watch);
        let runtime = new_runtime(&settings, &peers, &audit, &accounts).await?;
        Ok(Self {
            settings,
            runtime,
            peers,
            audit,
            accounts,
            config,
            generation: 0,
            protected: Protected::default(),
        })
    }

    /// Takes over new settings. When they ask for another engine that cannot be set up, the old one stays.
    pub async fn adopt(&mut self, settings: Settings) {
        let options = |settings: &Settings| {
            (
                settings.cache_dir.clone(),
                settings.cache_key.clone(),
                settings.data_dir.clone(),
                settings.skill_log,
                settings.network.clone(),
                settings.model.clone(),
            )
        };
        if options(&settings) != options(&self.settings) {
            match new_runtime(&settings, &self.peers, &self.audit, &self.accounts).await {
                Ok(runtime) => {
                    self.runtime = runtime;
                    self.generation += 1;
                }
                Err(error) => {
                    tracing::error!("the directories of the new settings are not used: {error}")
                }
            }
        }
        self.accounts.set_limits(settings.limits);
        self.settings = settings;
    }

    /// The next registry: manifests are read in order, what changed is loaded in parallel, the rest is kept.
    pub async fn load_all(&self, previous: Arc<Registry>, on_load: Arc<OnLoad>) -> Registry {
        if self.settings.trust == Trust::Any {
            tracing::warn!(
                "`trust` is `any`: packages run WHOEVER made them, signed or not; name trusted keys instead"
            );
        }
        let loader = Arc::new(Loader {
            runtime: self.runtime.clone(),
            generation: self.generation,
            trust: self.settings.trust.clone(),
            packages: Packages::new(&self.settings),
            records: self.settings.package_records.clone(),
            memory_limit_mb: self.settings.memory_limit_mb,
            protected: self.protected.clone(),
        });
        let settings = self.settings.clone();
        let reading = (loader.clone(), previous.clone());
        let steps = spawn_blocking(move || read_all(&settings, &reading.0, &reading.1)).await;
        let steps = steps.unwrap_or_else(|error| {
            tracing::error!("reading the manifests failed: {error}");
            // Nothing half-updated: every entry as it was.
            previous
                .entries()
                .iter()
                .map(|entry| Step::Done(Box::new(entry.clone())))
                .collect()
        });
        let parallel = std::thread::available_parallelism().map_or(1, |number| number.get());
        let mut entries = futures::stream::iter(steps)
            .map(|step| run(step, loader.clone(), previous.clone(), on_load.clone()))
            .buffered(parallel)
            .collect::<Vec<_>>()
            .await;
        linking::link(&mut entries);
        Registry::new(entries, &self.settings.tool_separator)
    }
}

async fn new_runtime(
    settings: &Settings,
    peers: &PeersSlot,
    audit: &AuditLog,
    accounts: &Accounts,
) -> Result<Runtime, RuntimeError> {
    let options = RuntimeOptions {
        cache_dir: settings.cache_dir.clone(),
        cache_key: settings.cache_key.clone(),
        data_dir: settings.data_dir.clone(),
        skill_log: settings.skill_log,
        peers: peers.clone(),
        audit: audit.clone(),
        network: settings.network.clone(),
        model: settings.model.clone(),
        accounts: accounts.clone(),
    };
    let made = spawn_blocking(move || Runtime::new(options)).await;
    made.unwrap_or_else(|error| Err(RuntimeError::Engine(error.into())))
}

/// What is to be done for one manifest.
enum Step {
    /// Nothing: it could not be read, or its id is taken.
    Done(Box<Entry>),
    /// The package is to be loaded.
    Load {
        path: PathBuf,
        seen: Seen,
        read: Box<ReadManifest>,
    },
}

fn read_all(settings: &Settings, loader: &Loader, previous: &Registry) -> Vec<Step> {
    let mut owners: HashMap<String, PathBuf> = HashMap::new();
    let mut steps = Vec::new();
    let environment = |name: &str| settings.variable(name);
    for path in &settings.manifests {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let seen = Seen::now(&path);
        let step = match files::read_manifest(&path, &environment) {
            Ok(read) => {
                let id = read.manifest.id.clone();
                match owners.get(&id) {
                    Some(first) => Step::Done(Box::new(taken(&id, first, &path, seen))),
                    None => {
                        owners.insert(id, path.clone());
                        Step::Load {
                            path,
                            seen,
                            read: Box::new(read),
                        }
                    }
                }
            }
            Err(reason) => {
                let entry =
                    loader.without_manifest(&path, seen, reason, previous.of_manifest(&path));
                match owners.get(&entry.report.id) {
                    Some(first) => Step::Done(Box::new(taken(
                        &entry.report.id,
                        first,
                        &path,
                        Seen::now(&path),
                    ))),
                    None => {
                        owners.insert(entry.report.id.clone(), path);
                        Step::Done(Box::new(entry))
                    }
                }
            }
        };
        steps.push(step);
    }
    // Before anything is loaded, and so before it is trusted.
    loader
        .protected
        .replace(&authority(settings, &steps, previous));
    steps
}

/// What gives authority now: what is configured, what the manifests name, and what the running skills came from.
fn authority(settings: &Settings, steps: &[Step], previous: &Registry) -> Vec<AuthorityPlace> {
    let mut places = authority::of_settings(settings);
    for step in steps {
        match step {
            Step::Load { path, read, .. } => {
                places.extend(authority::authority_of(path, &read.manifest));
            }
            Step::Done(entry) => places.extend(authority::of_files(&entry.seen)),
        }
    }
    for entry in previous.entries() {
        places.extend(authority::of_files(&entry.seen));
    }
    places
}

fn taken(id: &str, first: &Path, path: &Path, seen: Seen) -> Entry {
    Entry::failed(
        SkillReport::new(id.to_owned(), path.to_owned()),
        duplicate_id(id, first),
        vec![seen],
    )
}

async fn run(
    step: Step,
    loader: Arc<Loader>,
    previous: Arc<Registry>,
    on_load: Arc<OnLoad>,
) -> Entry {
    let (path, seen, read) = match step {
        Step::Done(entry) => return *entry,
        Step::Load { path, seen, read } => (path, seen, read),
    };
    let (report, also_seen) = (
        SkillReport::new(read.manifest.id.clone(), path.clone()),
        seen.clone(),
    );
    let loaded = spawn_blocking(move || {
        on_load(&path.display().to_string());
        loader.load(&path, seen, &read, previous.of_manifest(&path))
    });
    loaded.await.unwrap_or_else(|error| {
        Entry::failed(
            report,
            format!("loading it broke the host's loader: {error}"),
            vec![also_seen],
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_did_not_change_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let component = wat::parse_str("(component)").unwrap();
        let descriptor = serde_json::json!({
            "version": 1, "id": "test.empty.one", "name": "Empty", "skill_version": "1.0.0", "abi": "typed",
        });
        let package =
            luminarys_package::embed(&component, &serde_json::from_value(descriptor).unwrap());
        std::fs::write(dir.path().join("empty.skill"), package.unwrap()).unwrap();
        let manifests = ["a", "b"].map(|id| dir.path().join(format!("{id}.yaml")));
        for (id, path) in ["a", "b"].iter().zip(&manifests) {
            std::fs::write(path, format!("id: {id}\npath: empty.skill\n")).unwrap();
        }
        let settings = Settings {
            manifests: manifests.to_vec(),
            trust: Trust::Any,
            ..Settings::default()
        };
        let (peers, audit) = (PeersSlot::default(), AuditLog::default());
        let current = Current::new(settings.clone(), peers, audit, Accounts::default());
        let mut current = current.await.unwrap();
        let quiet: Arc<OnLoad> = Arc::new(|_: &str| {});
        let first = Arc::new(current.load_all(Arc::default(), quiet.clone()).await);
        std::fs::write(
            &manifests[1],
            "id: b\npath: empty.skill\nruntime: {timeout_ms: 5}\n",
        )
        .unwrap();
        let second = Arc::new(current.load_all(first.clone(), quiet.clone()).await);
        let same = |old: &Registry, new: &Registry, id: &str| {
            let of = |registry: &Registry| registry.entry(id).unwrap().deployed.clone().unwrap();
            Arc::ptr_eq(&of(old), &of(new))
        };
        assert!(
            same(&first, &second, "a"),
            "neither manifest nor package changed"
        );
        assert!(!same(&first, &second, "b"), "the manifest changed");
        current
            .adopt(Settings {
                memory_limit_mb: Some(1),
                ..settings.clone()
            })
            .await;
        let third = Arc::new(current.load_all(second.clone(), quiet.clone()).await);
        assert!(!same(&second, &third, "a"), "the host's bound changed");
        let state = Some(dir.path().join("data"));
        current
            .adopt(Settings {
                memory_limit_mb: Some(1),
                data_dir: state,
                ..settings
            })
            .await;
        let fourth = current.load_all(third.clone(), quiet).await;
        assert!(!same(&third, &fourth, "a"), "the runtime changed");
    }
}
