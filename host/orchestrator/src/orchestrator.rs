//! The running skills: what is known of them, reloading and stopping.

use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use luminarys_runtime::{ClusterSlot, LogRate, Peers};
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
use crate::remote::Remote;
use crate::router::EventRouter;
use crate::scheduled::ScheduleStore;
use crate::steps::LoadStep;
use crate::{Settings, SkillReport, Tool};

/// The grace period of cancelled calls at shutdown; a skill stops within a tenth of it.
const CANCELLED_CALLS_END: Duration = Duration::from_secs(1);

/// How long a shutdown waits until the ends of scheduled calls are noted.
const ENDS_NOTED: Duration = Duration::from_secs(5);

/// The running skills. Cheap to clone.
#[derive(Clone)]
pub struct Orchestrator(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub registry: RwLock<Arc<Registry>>,
    /// Locked while it is decided what runs, and never while a package is loaded.
    pub current: Mutex<Current>,
    pub bounded: Bounded,
    pub tools_changed: watch::Sender<u64>,
    /// Counts changes of the skills that run here.
    pub skills_changed: watch::Sender<u64>,
    /// The other nodes of the cluster.
    pub remote: OnceLock<Weak<dyn Remote>>,
    /// Whether the initial list of tools is complete, or no longer awaited.
    pub listed: watch::Sender<bool>,
    pub metrics: Metrics,
    /// Limits log lines about unknown skills.
    pub strays: LogRate,
    /// Counts running calls.
    pub running: TaskTracker,
    /// Counts events that are not delivered yet.
    pub deliveries: TaskTracker,
    /// Cancelled when no more calls are accepted.
    pub closing: CancellationToken,
    /// Cancelled when running calls must end.
    pub stop: CancellationToken,
    /// `None` without a data directory and a cluster: nothing can be scheduled then.
    pub schedules: Option<Arc<dyn ScheduleStore>>,
    /// Told when a schedule is added, and when a skill that may have scheduled something is put in service.
    pub schedule_added: Arc<Notify>,
    pub events: Events,
    /// What skills reach other nodes through.
    pub cluster: ClusterSlot,
    /// Which node delivers events to each skill; `None` for a host alone.
    pub router: Option<Arc<dyn EventRouter>>,
    /// Counts scheduled calls whose end is not noted yet.
    pub ending: TaskTracker,
    /// What skills call each other through: the runtime holds it weakly.
    pub peers: OnceLock<Arc<dyn Peers>>,
}

impl Orchestrator {
    /// Applies new settings, and waits until everything new or changed is loaded: see [`Orchestrator::begin_reload`].
    pub async fn reload(&self, settings: Settings) {
        self.begin_reload(settings).await;
        self.loaded().await;
    }

    /// Applies new settings. When this returns, nothing runs that they and the manifests do not allow: a skill
    /// whose manifest is gone, whose signer is no longer trusted, whose manifest names another package, or which
    /// requires more than it is now granted has stopped, and one whose grants changed runs under the new ones. Calls
    /// that were made under other grants have ended; others finish on the version they began with.
    ///
    /// New and changed skills are loaded after that, and put into service one by one.
    ///
    /// If a manifest or package exists but is invalid, the skill's old version keeps running, with a note in its
    /// report.
    pub async fn begin_reload(&self, settings: Settings) {
        self.begin(Some(settings), Arc::new(|_: LoadStep<'_>| {}))
            .await;
    }

    /// Reloads with the current settings, as [`Orchestrator::begin_reload`].
    pub(crate) async fn reload_files(&self) {
        self.begin(None, Arc::new(|_: LoadStep<'_>| {})).await;
    }

    /// Waits until no package is being loaded.
    pub async fn loaded(&self) {
        let mut going = self.0.current.lock().await.loads.watch();
        // The sender lives as long as this does.
        let _ = going.wait_for(|going| going.is_empty()).await;
    }

    /// Waits until the tools of the initial skills are listed, except for those that registries have not
    /// sent in time.
    pub async fn listed(&self) {
        // Called for every request.
        if *self.0.listed.borrow() {
            return;
        }
        let _ = self.0.listed.subscribe().wait_for(|listed| *listed).await;
    }

    /// Returns the number of skills that serve no calls yet, since their packages are being loaded or compiled.
    pub fn unready(&self) -> usize {
        let registry = self.registry();
        let entries = registry.entries().iter();
        let unready = entries.filter(|entry| {
            entry.report.loading && (entry.deployed.is_none() || !entry.is_ready())
        });
        unready.count()
    }

    /// Tells whether any call runs or waits for its skill.
    pub fn has_calls(&self) -> bool {
        !self.0.running.is_empty()
    }

    /// Returns the current skills.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.0
            .registry
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the token that is cancelled when the skill's grants are revoked; it is cancelled already if the skill
    /// does not run.
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

    /// Returns the current settings.
    pub(crate) async fn settings(&self) -> Settings {
        Settings::clone(&self.0.current.lock().await.settings)
    }

    /// Returns the state of the configuration's files when the first settings were read.
    pub(crate) async fn config_seen(&self) -> Vec<Seen> {
        self.0.current.lock().await.config.clone()
    }

    /// Returns the report of each manifest, in the order of the settings.
    pub fn skills(&self) -> Vec<SkillReport> {
        self.registry()
            .entries()
            .iter()
            .map(|entry| entry.report.clone())
            .collect()
    }

    /// Returns the report of the manifest with this instance id.
    pub fn skill(&self, id: &str) -> Option<SkillReport> {
        self.registry().entry(id).map(|entry| entry.report.clone())
    }

    /// Returns the tools for clients, sorted by name.
    pub fn tools(&self) -> Arc<Vec<Tool>> {
        self.registry().tools().clone()
    }

    /// Returns the tool with that name.
    pub fn tool(&self, name: &str) -> Option<Tool> {
        self.registry().tool(name).cloned()
    }

    /// Returns the instructions about the skills with visible tools, or all tools without a filter: one line each, at
    /// most 2 KiB. Empty without tools.
    pub fn instructions(&self, sees: Option<&dyn Fn(&str) -> bool>) -> Arc<str> {
        self.registry().instructions(sees)
    }

    /// Returns a counter of changes of the tool list. A reload without a change of the list does not count.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.0.tools_changed.subscribe()
    }

    /// Returns metrics in the Prometheus text format: calls by skill, method and outcome; durations; denials; calls in
    /// flight; loaded and failed skills.
    pub fn metrics(&self) -> String {
        self.0.metrics.text()
    }

    /// Returns the metrics for the server of clients; they are part of [`Orchestrator::metrics`].
    pub fn serving_metrics(&self) -> crate::ServingMetrics {
        self.0.metrics.serving.clone()
    }

    /// Returns the metrics for this host as a node of a cluster; they are part of [`Orchestrator::metrics`].
    pub fn cluster_metrics(&self) -> crate::ClusterMetrics {
        self.0.metrics.cluster.clone()
    }

    /// Drops the instances of a client's session that has ended.
    pub fn session_ended(&self, session_id: &str) {
        for entry in self.registry().entries() {
            if let Some(deployed) = &entry.deployed {
                deployed.skill.session_ended(session_id);
            }
        }
    }

    /// Waits up to `limit` until all events are delivered.
    pub async fn settle(&self, limit: Duration) {
        self.0.deliveries.close();
        if timeout(limit, self.0.deliveries.wait()).await.is_err() {
            tracing::warn!("{} events were not delivered", self.0.deliveries.len());
        }
        self.0.deliveries.reopen();
        self.0.metrics.audit.flush();
    }

    /// Refuses new calls, waits up to `grace` for running ones, then cancels them.
    pub async fn shutdown(&self, grace: Duration) {
        self.0.closing.cancel();
        self.0.running.close();
        if timeout(grace, self.0.running.wait()).await.is_err() {
            tracing::warn!(
                "{} calls are still running after {grace:?} and are cancelled",
                self.0.running.len()
            );
            self.0.stop.cancel();
            if timeout(CANCELLED_CALLS_END, self.0.running.wait())
                .await
                .is_err()
            {
                tracing::error!("{} cancelled calls did not end", self.0.running.len());
            }
        }
        self.0.ending.close();
        if timeout(ENDS_NOTED, self.0.ending.wait()).await.is_err() {
            tracing::warn!(
                "the ends of scheduled calls are not noted; they will be reported as unfinished"
            );
        }
        self.0.metrics.audit.flush();
    }
}
