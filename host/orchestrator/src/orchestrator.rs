//! Starting, calling, stopping.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use luminarys_runtime::{Accounts, AuditLog, LogRate, Peers, PeersSlot};
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::Events;
use crate::files::Seen;
use crate::hanging::Bounded;
use crate::loading::Stage;
use crate::metrics::Metrics;
use crate::peers::PeerTable;
use crate::registry::Registry;
use crate::reload::Current;
use crate::schedules::Schedules;
use crate::{Settings, SkillReport, StartError, Tool};

/// How long a cancelled call is given to end at shutdown; a skill stops within a tenth of it.
const CANCELLED_CALLS_END: Duration = Duration::from_secs(1);

/// The running skills. Cheap to clone.
#[derive(Clone)]
pub struct Orchestrator(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub registry: RwLock<Arc<Registry>>,
    /// Held while it is determined what runs: one at a time, and never while a package is loaded.
    pub current: Mutex<Current>,
    pub bounded: Bounded,
    pub tools_changed: watch::Sender<u64>,
    /// Whether the tools of the first load are known, as far as they are waited for.
    pub listed: watch::Sender<bool>,
    pub metrics: Metrics,
    /// Lines about skills that are not there.
    pub strays: LogRate,
    /// Counts the calls that run.
    pub running: TaskTracker,
    /// Counts the events that wait for a skill.
    pub deliveries: TaskTracker,
    /// Cancelled when no more calls are taken.
    pub closing: CancellationToken,
    /// Cancelled when those that still run must end.
    pub stop: CancellationToken,
    pub peers: OnceLock<Arc<PeerTable>>,
}

impl Orchestrator {
    /// Sets up the engine and loads every skill: compiled, unless `Settings::start_patience` is set. With it the skills are
    /// only listed, and what registries have not sent in that time is listed later; see [`Orchestrator::launch`]. `on_load`
    /// is told each manifest whose loading begins, from any thread.
    ///
    /// # Errors
    /// [`StartError::Runtime`] when the engine or the data directory cannot be used. A skill that does not load is
    /// no error: its [`SkillReport`] says why.
    pub async fn start(
        settings: Settings,
        on_load: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let waits_for_code = settings.start_patience.is_none();
        let this = Self::launch(settings, on_load).await?;
        this.listed().await;
        if waits_for_code {
            this.loaded().await;
        }
        Ok(this)
    }

    /// Sets up the engine, reads the manifests and begins to load their packages. [`Orchestrator::listed`] tells when their
    /// tools are known; calls wait until the code of their skill is compiled.
    ///
    /// # Errors
    /// As [`Orchestrator::start`].
    pub async fn launch(
        settings: Settings,
        on_load: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let peers = PeersSlot::default();
        // Before anything is made.
        if let (Some(audit), Err(reason)) = (&settings.audit, settings.check_audit()) {
            let path = audit.path.display().to_string();
            return Err(StartError::Audit { path, reason });
        }
        let schedules = settings.data_dir.as_deref().map(Schedules::open);
        let schedules = schedules
            .transpose()
            .map_err(StartError::Schedules)?
            .map(Arc::new);
        let events =
            Events::open(settings.data_dir.as_deref()).map_err(StartError::Subscriptions)?;
        let audit = match &settings.audit {
            Some(options) => {
                AuditLog::open(options.clone()).map_err(|error| StartError::Audit {
                    path: options.path.display().to_string(),
                    reason: error.to_string(),
                })?
            }
            None => AuditLog::default(),
        };
        let patience = settings.start_patience;
        let accounts = Accounts::new(settings.limits);
        let current =
            Current::new(settings, peers.clone(), audit.clone(), accounts.clone()).await?;
        let this = Self(Arc::new(Inner {
            registry: RwLock::default(),
            bounded: current.bounded.clone(),
            current: Mutex::new(current),
            tools_changed: watch::Sender::new(0),
            listed: watch::Sender::new(false),
            metrics: Metrics::new(audit, accounts),
            strays: LogRate::default(),
            running: TaskTracker::new(),
            deliveries: TaskTracker::new(),
            closing: CancellationToken::new(),
            stop: CancellationToken::new(),
            peers: OnceLock::new(),
        }));
        let table = Arc::new(PeerTable {
            inner: Arc::downgrade(&this.0),
            schedules,
            events,
            added: Notify::new(),
            deferred: Default::default(),
        });
        let shared: Arc<dyn Peers> = table.clone();
        peers.set(Arc::downgrade(&shared));
        let _ = this.0.peers.set(table);
        this.begin(None, Arc::new(on_load)).await;
        let going = this.0.current.lock().await.loads.watch();
        tokio::spawn(list(Arc::downgrade(&this.0), going, patience));
        Ok(this)
    }

    /// Calls what skills have scheduled, from now on until shutdown: for a host that stays. Must be called within a
    /// Tokio runtime.
    pub fn run_schedules(&self) {
        if let Some(peers) = self.0.peers.get() {
            tokio::spawn(peers.clone().run());
        }
    }

    /// Takes over new settings, and waits until all that is new or changed is loaded: see [`Orchestrator::begin_reload`].
    pub async fn reload(&self, settings: Settings) {
        self.begin_reload(settings).await;
        self.loaded().await;
    }

    /// Takes over new settings. When this returns, nothing runs any more that they and the manifests do not allow: a skill
    /// whose manifest is gone, whose signer is no longer trusted, whose manifest names another package, or which needs more
    /// than it is now granted has stopped, and one whose grants changed runs under the new ones. Calls that were made under
    /// other grants have ended; others finish on the version they began with.
    ///
    /// What is new or changed is loaded after that, and put in service one by one.
    ///
    /// A manifest or package that is there but broken keeps the skill's old version running, with a note in its report.
    pub async fn begin_reload(&self, settings: Settings) {
        self.begin(Some(settings), Arc::new(|_: &str| {})).await;
    }

    /// Reloads under the settings of the last time, as [`Orchestrator::begin_reload`].
    pub(crate) async fn reload_files(&self) {
        self.begin(None, Arc::new(|_: &str| {})).await;
    }

    /// Waits until no package is being loaded.
    pub async fn loaded(&self) {
        let mut going = self.0.current.lock().await.loads.watch();
        // The sender lives as long as this does.
        let _ = going.wait_for(|going| going.is_empty()).await;
    }

    /// Waits until the tools of the skills are listed that were there at the start, but for those that registries have not
    /// sent in time.
    pub async fn listed(&self) {
        // Asked with every request.
        if *self.0.listed.borrow() {
            return;
        }
        let _ = self.0.listed.subscribe().wait_for(|listed| *listed).await;
    }

    /// Counts the skills that serve no calls yet, since their packages are being loaded or their code is compiled.
    pub fn unready(&self) -> usize {
        let registry = self.registry();
        let entries = registry.entries().iter();
        let unready = entries.filter(|entry| {
            entry.report.loading && (entry.deployed.is_none() || !entry.is_ready())
        });
        unready.count()
    }

    /// Whether any call runs, or waits for its skill.
    pub fn has_calls(&self) -> bool {
        !self.0.running.is_empty()
    }

    /// The skills at this moment.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.0
            .registry
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Cancelled when what the skill does now ends with its grants; a skill that does not run has ended.
    pub(crate) fn ended(&self, skill: &str) -> CancellationToken {
        let registry = self.registry();
        let deployed = registry.entry(skill).and_then(|it| it.deployed.as_ref());
        deployed.map_or_else(
            || {
                let ended = CancellationToken::new();
                ended.cancel();
                ended
            },
            |deployed| deployed.ended().clone(),
        )
    }

    /// The settings of the last load.
    pub(crate) async fn settings(&self) -> Settings {
        Settings::clone(&self.0.current.lock().await.settings)
    }

    /// The configuration's files as they were when the first settings came.
    pub(crate) async fn config_seen(&self) -> Vec<Seen> {
        self.0.current.lock().await.config.clone()
    }

    /// What became of each manifest, in the order of the settings.
    pub fn skills(&self) -> Vec<SkillReport> {
        self.registry()
            .entries()
            .iter()
            .map(|entry| entry.report.clone())
            .collect()
    }

    /// What became of the manifest with this instance id.
    pub fn skill(&self, id: &str) -> Option<SkillReport> {
        self.registry().entry(id).map(|entry| entry.report.clone())
    }

    /// The tools that clients see, by name.
    pub fn tools(&self) -> Arc<Vec<Tool>> {
        self.registry().tools().clone()
    }

    /// The tool of that name.
    pub fn tool(&self, name: &str) -> Option<Tool> {
        self.registry().tool(name).cloned()
    }

    /// What a client tells its model about the skills that have tools which it sees, all where none are named: a line each, at
    /// most 2 KiB. Empty for none.
    pub fn instructions(&self, sees: Option<&dyn Fn(&str) -> bool>) -> Arc<str> {
        self.registry().instructions(sees)
    }

    /// Counts changes of the tool list. A reload that leaves the list as it was does not count.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.0.tools_changed.subscribe()
    }

    /// Counters in the Prometheus text format: calls by skill, method and outcome; their durations; denials; calls in
    /// flight; skills that run and do not.
    pub fn metrics(&self) -> String {
        self.0.metrics.text()
    }

    /// The counters of whoever serves clients; they are part of [`Orchestrator::metrics`].
    pub fn serving_metrics(&self) -> crate::ServingMetrics {
        self.0.metrics.serving.clone()
    }

    /// Drops what skills keep for a client's session, which has ended.
    pub fn session_ended(&self, session_id: &str) {
        for entry in self.registry().entries() {
            if let Some(deployed) = &entry.deployed {
                deployed.skill.session_ended(session_id);
            }
        }
    }

    /// Waits up to `patience` until all events have reached those who listen.
    pub async fn settle(&self, patience: Duration) {
        self.0.deliveries.close();
        if timeout(patience, self.0.deliveries.wait()).await.is_err() {
            tracing::warn!("{} events are left undelivered", self.0.deliveries.len());
        }
        self.0.deliveries.reopen();
        self.0.metrics.audit.flush();
    }

    /// Refuses new calls, waits up to `grace` for those that run, then cancels them.
    pub async fn shutdown(&self, grace: Duration) {
        self.0.closing.cancel();
        self.0.running.close();
        if timeout(grace, self.0.running.wait()).await.is_err() {
            tracing::warn!(
                "{} calls still run after {grace:?} and are cancelled",
                self.0.running.len()
            );
            self.0.stop.cancel();
            if timeout(CANCELLED_CALLS_END, self.0.running.wait())
                .await
                .is_err()
            {
                tracing::error!("{} cancelled calls have not ended", self.0.running.len());
            }
        }
        self.0.metrics.audit.flush();
    }
}

/// Waits until every package is listed, but for those that registries have not sent after `patience`.
async fn list(
    host: Weak<Inner>,
    mut going: watch::Receiver<BTreeMap<u64, Stage>>,
    patience: Option<Duration>,
) {
    // The sender lives as long as the host does.
    let all = going.wait_for(|going| going.values().all(|stage| *stage == Stage::Compiling));
    let in_time = timeout(patience.unwrap_or(Duration::MAX), all)
        .await
        .is_ok();
    if !in_time {
        let read = going.wait_for(|going| going.values().all(|stage| *stage != Stage::Reading));
        let _ = read.await;
    }
    let Some(host) = host.upgrade().map(Orchestrator) else {
        return;
    };
    if !in_time {
        for skill in host.skills().iter().filter(|it| it.loading && !it.running) {
            let package = skill.package.as_deref().unwrap_or_default();
            tracing::warn!(skill = %skill.id, package, "its registry does not answer; it is loaded when it does");
        }
    }
    host.0.listed.send_replace(true);
}
