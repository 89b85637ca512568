//! Starting.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, OnceLock, RwLock, Weak};
use std::time::Duration;

use luminarys_runtime::{Accounts, AuditLog, ClusterSlot, LogRate, Peers, PeersSlot};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::current::Current;
use crate::events::Events;
use crate::loads::Stage;
use crate::metrics::Metrics;
use crate::orchestrator::Inner;
use crate::peers::PeerTable;
use crate::scheduled::ScheduleStore;
use crate::schedules::Schedules;
use crate::steps::LoadStep;
use crate::{Orchestrator, Settings, StartError};

impl Orchestrator {
    /// Sets up the engine and loads every skill. If `Settings::start_timeout` is set, the skills are
    /// only listed, and packages that registries have not sent in that time are listed later; see
    /// [`Orchestrator::launch`]. `on_load` is called with each step of loading, from any thread.
    ///
    /// # Errors
    /// [`StartError::Runtime`] if the engine or the data directory cannot be used. A skill that cannot be loaded is
    /// not an error: its [`SkillReport`](crate::SkillReport) has the reason.
    pub async fn start(
        settings: Settings,
        on_load: impl Fn(LoadStep<'_>) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let waits_for_code = settings.start_timeout.is_none();
        let this = Self::launch(settings, on_load).await?;
        this.listed().await;
        if waits_for_code {
            this.loaded().await;
        }
        Ok(this)
    }

    /// Sets up the engine, reads the manifests and starts loading their packages. [`Orchestrator::listed`] waits until
    /// their tools are known; calls wait until the code of their skill is compiled.
    ///
    /// # Errors
    /// As [`Orchestrator::start`].
    pub async fn launch(
        settings: Settings,
        on_load: impl Fn(LoadStep<'_>) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let (peers, cluster) = (PeersSlot::default(), ClusterSlot::default());
        // Before anything is created.
        if let (Some(audit), Err(reason)) = (&settings.audit, settings.check_audit()) {
            let path = audit.path.display().to_string();
            return Err(StartError::Audit { path, reason });
        }
        let schedules = schedules(&settings).map_err(StartError::Schedules)?;
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
        let limit = settings.start_timeout;
        let router = settings.clustered.router.clone();
        let accounts = Accounts::new(settings.limits);
        let current = Current::new(
            settings,
            (peers.clone(), cluster.clone()),
            audit.clone(),
            accounts.clone(),
        )
        .await?;
        let this = Self(Arc::new(Inner {
            registry: RwLock::default(),
            bounded: current.bounded.clone(),
            current: Mutex::new(current),
            tools_changed: watch::Sender::new(0),
            skills_changed: watch::Sender::new(0),
            remote: OnceLock::new(),
            listed: watch::Sender::new(false),
            metrics: Metrics::new(audit, accounts),
            strays: LogRate::default(),
            running: TaskTracker::new(),
            deliveries: TaskTracker::new(),
            closing: CancellationToken::new(),
            stop: CancellationToken::new(),
            schedules,
            schedule_added: Arc::default(),
            events,
            cluster,
            router,
            ending: TaskTracker::new(),
            peers: OnceLock::new(),
        }));
        let table: Arc<dyn Peers> = Arc::new(PeerTable {
            inner: Arc::downgrade(&this.0),
            deferred: Default::default(),
        });
        peers.set(Arc::downgrade(&table));
        let _ = this.0.peers.set(table);
        this.begin(None, Arc::new(on_load)).await;
        let going = this.0.current.lock().await.loads.watch();
        tokio::spawn(list(Arc::downgrade(&this.0), going, limit));
        Ok(this)
    }
}

/// Returns what keeps scheduled calls, if anything does. Warns of those in the data directory that are not looked at.
fn schedules(settings: &Settings) -> io::Result<Option<Arc<dyn ScheduleStore>>> {
    let local = settings.data_dir.as_deref().map(Schedules::open);
    let local = local.transpose()?;
    let Some(clustered) = &settings.clustered.schedules else {
        return Ok(local.map(|local| Arc::new(local) as Arc<dyn ScheduleStore>));
    };
    if let Some(local) = local {
        let waiting = local.waiting(&[]).map_err(io::Error::other)?.len();
        if waiting > 0 {
            tracing::warn!(
                waiting,
                "the cluster keeps scheduled calls now; the {waiting} calls that wait in schedules of data_dir are from before and                  are not made: without `cluster` in luminarys.yaml, they are"
            );
        }
    }
    Ok(Some(clustered.clone()))
}

/// Waits until every package is listed, except for those that registries have not sent after `timeout`.
async fn list(
    host: Weak<Inner>,
    mut going: watch::Receiver<BTreeMap<u64, Stage>>,
    limit: Option<Duration>,
) {
    // The sender lives as long as the host does.
    let all = going.wait_for(|going| going.values().all(|stage| *stage == Stage::Compiling));
    let in_time = timeout(limit.unwrap_or(Duration::MAX), all).await.is_ok();
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
            tracing::warn!(skill = %skill.id, package, "its registry does not respond; it is loaded when it does");
        }
    }
    host.0.listed.send_replace(true);
}
