//! What runs under the settings of the last time, and what their manifests ask for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt as _;
use luminarys_grants::Protected;
use luminarys_runtime::{
    Accounts, AuditLog, ClusterSlot, PeersSlot, Runtime, RuntimeError, RuntimeOptions,
};
use tokio::task::spawn_blocking;

use crate::Settings;
use crate::deployed::HostSettings;
use crate::entry::Entry;
use crate::files::{self, Seen};
use crate::hanging::{Bounded, TIMEOUT};
use crate::interim::{Interim, no_answer};
use crate::load::{Loader, Named};
use crate::loads::{Load, Loads};
use crate::packages::Packages;
use crate::reading::{self, Step};
use crate::remote::RemoteSkill;
use crate::reported::Reported;

/// Manifests whose files are examined concurrently.
const AT_ONCE: usize = 64;

/// What skills reach each other through, and other nodes.
pub(crate) type Others = (PeersSlot, ClusterSlot);

/// The settings of the running skills, and the loads in progress.
pub(crate) struct Current {
    pub settings: Arc<Settings>,
    runtime: Runtime,
    others: Others,
    audit: AuditLog,
    accounts: Accounts,
    /// The state of `Settings::watch` when the first settings were read.
    pub config: Vec<Seen>,
    /// Incremented with each runtime, since skills cannot move from one to another.
    generation: u64,
    /// The paths that are closed to every skill, including running ones.
    protected: Protected,
    /// One for each manifest, in the order of the settings.
    pub slots: Vec<Slot>,
    pub loads: Loads,
    pub bounded: Bounded,
    pub reported: Reported,
    /// The skills that other nodes run.
    pub remote: Vec<Arc<RemoteSkill>>,
}

/// A manifest: its running entry, and its load in progress.
pub(crate) struct Slot {
    pub path: PathBuf,
    /// The entry before imports and tool names are checked against other skills.
    pub entry: Entry,
    pub load: Option<Load>,
}

impl Slot {
    /// Takes a loaded entry; deploys it again if it was ended meanwhile because of another skill.
    pub fn replace(&mut self, entry: Entry) {
        self.entry = entry;
        self.renew_ended();
    }

    /// Deploys a skill again that was ended and is to run: without its old state.
    pub fn renew_ended(&mut self) {
        let ended = self.entry.deployed.as_ref();
        match ended
            .filter(|it| it.ended().is_cancelled())
            .map(|it| it.afresh())
        {
            None => {}
            Some(Ok(fresh)) => self.entry.deployed = Some(Arc::new(fresh)),
            Some(Err(error)) => self.entry.refuse(error.to_string()),
        }
    }
}

impl Current {
    /// Sets up the engine without loading anything yet.
    ///
    /// # Errors
    /// [`RuntimeError`] if the engine or the data directory cannot be used.
    pub async fn new(
        settings: Settings,
        others: Others,
        audit: AuditLog,
        accounts: Accounts,
    ) -> Result<Self, RuntimeError> {
        // Loading takes time, and a change meanwhile must be detected when watching begins.
        let config = files::seen(&settings.watch);
        let runtime = new_runtime(&settings, &others, &audit, &accounts).await?;
        Ok(Self {
            settings: Arc::new(settings),
            runtime,
            others,
            audit,
            accounts,
            config,
            generation: 0,
            protected: Protected::default(),
            slots: Vec::new(),
            loads: Loads::default(),
            bounded: Bounded::default(),
            reported: Reported::default(),
            remote: Vec::new(),
        })
    }

    /// Applies new settings. Returns whether they need another engine.
    pub fn adopt(&mut self, mut settings: Settings) -> bool {
        settings.clustered = self.settings.clustered.clone();
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
        let renew = options(&settings) != options(&self.settings);
        self.generation += u64::from(renew);
        self.accounts.set_limits(settings.limits);
        self.settings = Arc::new(settings);
        renew
    }

    /// Sets up another engine. If that fails, the old one stays.
    pub async fn renew(&mut self) {
        let made = new_runtime(&self.settings, &self.others, &self.audit, &self.accounts);
        match tokio::time::timeout(TIMEOUT, made).await {
            Ok(Ok(runtime)) => self.runtime = runtime,
            Ok(Err(error)) => {
                tracing::error!("the directories of the new settings are not used: {error}");
            }
            Err(_) => tracing::error!("the directories of the new settings do not respond"),
        }
    }

    pub fn loader(&self) -> Arc<Loader> {
        Arc::new(Loader {
            runtime: self.runtime.clone(),
            host: HostSettings {
                memory_limit_mb: self.settings.memory_limit_mb,
                generation: self.generation,
            },
            trust: self.settings.trust.clone(),
            packages: Packages::new(&self.settings),
            records: self.settings.package_records.clone(),
            protected: self.protected.clone(),
        })
    }

    /// Reads the manifests, and decides what runs until their packages are loaded.
    pub async fn survey(&self) -> Vec<(PathBuf, Entry, Option<Named>)> {
        let (settings, bounded) = (&self.settings, &self.bounded);
        let mut previous: HashMap<PathBuf, Entry> = HashMap::new();
        for slot in &self.slots {
            // If a manifest is named twice, the first one runs.
            let entry = || slot.entry.clone();
            previous.entry(slot.path.clone()).or_insert_with(entry);
        }
        let loader = self.loader();
        let manifests = reading::read_all(settings, bounded).await;
        let paths: Vec<PathBuf> = manifests.iter().map(|one| one.path.clone()).collect();
        // Before anything is loaded, and so before it is trusted.
        let places = reading::authority(settings, &manifests, &previous, bounded).await;
        let is_protected = places.is_some();
        if let Some(places) = places {
            self.protected.set(places);
        }
        let steps = reading::steps(manifests, &loader, &previous);
        let each: Vec<_> = paths.into_iter().zip(steps).map(|(path, step)| {
            let (loader, bounded) = (loader.clone(), bounded.clone());
            let old = previous.get(&path).cloned();
            async move {
                let named = match step {
                    Step::Done(entry) => return (path, *entry, None),
                    Step::Named(named) => *named,
                };
                let (entry, named) = match is_protected {
                    true => interim(loader, bounded, named, old).await,
                    false => {
                        let text = "the files that give authority do not respond, so nothing new is granted";
                        (loader.without_answer(&named, old.as_ref(), text), None)
                    }
                };
                (path, entry, named)
            }
        }).collect();
        futures::stream::iter(each)
            .buffered(AT_ONCE)
            .collect()
            .await
    }
}

/// Decides what runs for one manifest, and what has to be loaded for it.
async fn interim(
    loader: Arc<Loader>,
    bounded: Bounded,
    named: Named,
    previous: Option<Entry>,
) -> (Entry, Option<Named>) {
    let (mut looked, old, its) = (named.clone(), previous.clone(), loader.clone());
    let work = move || {
        looked.look(its.records.as_ref());
        let Interim { entry, load } = its.interim(&looked, old.as_ref());
        (entry, load.then_some(looked))
    };
    match bounded.run(&named.path, TIMEOUT, work).await {
        Some(found) => found,
        None => {
            let reason = no_answer("the files named in", &named.path).into_message();
            let entry = loader.without_answer(&named, previous.as_ref(), &reason);
            (entry, None)
        }
    }
}

async fn new_runtime(
    settings: &Settings,
    (peers, cluster): &Others,
    audit: &AuditLog,
    accounts: &Accounts,
) -> Result<Runtime, RuntimeError> {
    let options = RuntimeOptions {
        cache_dir: settings.cache_dir.clone(),
        cache_key: settings.cache_key.clone(),
        data_dir: settings.data_dir.clone(),
        skill_log: settings.skill_log,
        peers: peers.clone(),
        cluster: cluster.clone(),
        shared: settings.clustered.shared_store.clone(),
        audit: audit.clone(),
        network: settings.network.clone(),
        model: settings.model.clone(),
        accounts: accounts.clone(),
    };
    let made = spawn_blocking(move || Runtime::new(options)).await;
    made.unwrap_or_else(|error| Err(RuntimeError::Engine(error.into())))
}
