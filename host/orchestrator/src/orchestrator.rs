//! The running skills: what is known of them, reloading and stopping.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use luminarys_runtime::{LogRate, Peers};
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::current::Current;
use crate::events::Events;
use crate::files::Seen;
use crate::hanging::Bounded;
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::schedules::Schedules;
use crate::{Settings, SkillReport, Tool};

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
    /// None without a data directory: nothing is scheduled then.
    pub schedules: Option<Arc<Schedules>>,
    /// Told when a schedule is added, and when a skill that may have scheduled something is put in service.
    pub schedule_added: Arc<Notify>,
    pub events: Events,
    /// What skills call each other through: the runtime holds it weakly.
    pub peers: OnceLock<Arc<dyn Peers>>,
}

impl Orchestrator {
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
