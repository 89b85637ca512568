//! Starting, calling, stopping.

use std::pin::pin;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use luminarys_runtime::{
    Accounts, AuditLog, CallContext, CallError, LogRate, Outcome, Peers, PeersSlot, Skill, Values,
};
use serde_json::Value;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::Events;
use crate::files::Seen;
use crate::load::Deployed;
use crate::metrics::{self, Metrics};
use crate::peers::PeerTable;
use crate::policy::{self, Callee, Verdict};
use crate::registry::Registry;
use crate::reload::{Current, OnLoad};
use crate::schedules::Schedules;
use crate::{InvokeError, Origin, Settings, SkillReport, StartError, Tool, tools};

/// How long a cancelled call is given to end at shutdown; a skill stops within a tenth of it.
const CANCELLED_CALLS_END: Duration = Duration::from_secs(1);

/// The running skills. Cheap to clone.
#[derive(Clone)]
pub struct Orchestrator(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    registry: RwLock<Arc<Registry>>,
    /// Held during a reload: one at a time.
    current: Mutex<Current>,
    tools_changed: watch::Sender<u64>,
    metrics: Metrics,
    /// Lines about skills that are not there.
    strays: LogRate,
    /// Counts the calls that run.
    running: TaskTracker,
    /// Counts the events that wait for a skill.
    pub deliveries: TaskTracker,
    /// Cancelled when no more calls are taken.
    pub closing: CancellationToken,
    /// Cancelled when those that still run must end.
    stop: CancellationToken,
    peers: OnceLock<Arc<PeerTable>>,
}

impl Orchestrator {
    /// Sets up the engine and loads every skill. `on_load` is told each manifest whose loading begins, from any
    /// thread.
    ///
    /// # Errors
    /// [`StartError::Runtime`] when the engine or the data directory cannot be used. A skill that does not load is
    /// no error: its [`SkillReport`] says why.
    pub async fn start(
        settings: Settings,
        on_load: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let peers = PeersSlot::default();
        let schedules = settings.data_dir.as_deref().map(Schedules::open);
        let schedules = schedules.transpose().map_err(StartError::Schedules)?;
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
        let accounts = Accounts::new(settings.limits);
        let current =
            Current::new(settings, peers.clone(), audit.clone(), accounts.clone()).await?;
        let this = Self(Arc::new(Inner {
            registry: RwLock::default(),
            current: Mutex::new(current),
            tools_changed: watch::Sender::new(0),
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
        this.replace(None, Arc::new(on_load)).await;
        Ok(this)
    }

    /// Calls what skills have scheduled, from now on until shutdown: for a host that stays. Must be called within a
    /// Tokio runtime.
    pub fn run_schedules(&self) {
        if let Some(peers) = self.0.peers.get() {
            tokio::spawn(peers.clone().run());
        }
    }

    /// Takes over new settings: loads what is new or changed, keeps the rest, and swaps all at once. Calls that run
    /// finish on the version they began with.
    ///
    /// A manifest or package that is there but broken keeps the skill's old version running, with a note in its
    /// report; one that is gone, untrusted or asks for more than is granted stops it.
    pub async fn reload(&self, settings: Settings) {
        self.replace(Some(settings), Arc::new(|_: &str| {})).await;
    }

    /// Reloads under the settings of the last time.
    pub(crate) async fn reload_files(&self) {
        self.replace(None, Arc::new(|_: &str| {})).await;
    }

    async fn replace(&self, settings: Option<Settings>, on_load: Arc<OnLoad>) {
        let mut current = self.0.current.lock().await;
        if let Some(settings) = settings {
            current.adopt(settings).await;
        }
        let old = self.registry();
        let new = Arc::new(current.load_all(old.clone(), on_load).await);
        log_changes(&old, &new);
        let loaded = new
            .entries()
            .iter()
            .filter(|entry| entry.report.running)
            .count();
        let failed = new
            .entries()
            .iter()
            .filter(|entry| entry.report.problem.is_some())
            .count();
        self.0.metrics.skills(loaded, failed);
        *self
            .0
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new.clone();
        if old.tools() != new.tools() {
            self.0.tools_changed.send_modify(|count| *count += 1);
        }
    }

    /// The skills at this moment.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.0
            .registry
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The settings of the last load.
    pub(crate) async fn settings(&self) -> Settings {
        self.0.current.lock().await.settings.clone()
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

    /// The tools that clients see, in the order of skills and methods.
    pub fn tools(&self) -> Arc<Vec<Tool>> {
        self.registry().tools().clone()
    }

    /// Counts changes of the tool list. A reload that leaves the list as it was does not count.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.0.tools_changed.subscribe()
    }

    /// Calls a tool for an MCP client. The tool of a whole skill takes `{"method": …, "params": {…}}`.
    ///
    /// # Errors
    /// [`InvokeError`].
    pub async fn call_tool(
        &self,
        tool: &str,
        arguments: Value,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let registry = self.registry();
        let found = registry
            .tool(tool)
            .ok_or_else(|| InvokeError::UnknownTool(tool.to_owned()))?;
        let (method, arguments) = match &found.method {
            Some(method) => (method.clone(), arguments),
            None => tools::take_apart(arguments).map_err(InvokeError::InvalidArguments)?,
        };
        let (registry, skill) = (&registry, &found.skill);
        self.call_method(registry, &Origin::Client, skill, &method, arguments, call)
            .await
    }

    /// Calls a method with a JSON object of arguments (null is none), as far as `origin` may. `call.caller` is set
    /// from `origin`. Dropping the future gives the call up.
    ///
    /// # Errors
    /// [`InvokeError`]; but for [`InvokeError::Call`] nothing of the skill ran.
    pub async fn invoke(
        &self,
        origin: Origin,
        skill: &str,
        method: &str,
        arguments: Value,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let registry = self.registry();
        self.call_method(&registry, &origin, skill, method, arguments, call)
            .await
    }

    /// Whether `origin` may call a method.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_invoke(
        &self,
        origin: &Origin,
        skill: &str,
        method: &str,
    ) -> Result<(), InvokeError> {
        let allowed = permit(&self.registry(), origin, skill, method).map(drop);
        allowed.inspect_err(|error| self.refused(skill, method, error))
    }

    /// Calls a method with the text of a JSON object of arguments, which is parsed when `origin` may call it.
    ///
    /// # Errors
    /// As [`Orchestrator::invoke`].
    pub(crate) async fn invoke_text(
        &self,
        origin: Origin,
        skill: &str,
        method: &str,
        arguments: String,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let registry = self.registry();
        let named = method.to_owned();
        let work = |skill: Skill, context| async move {
            skill.call_text(&named, &arguments, context).await
        };
        self.dispatch(&registry, &origin, skill, method, call, work)
            .await
    }

    async fn call_method(
        &self,
        registry: &Registry,
        origin: &Origin,
        skill: &str,
        method: &str,
        arguments: Value,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let named = method.to_owned();
        let work =
            |skill: Skill, context| async move { skill.call(&named, arguments, context).await };
        self.dispatch(registry, origin, skill, method, call, work)
            .await
    }

    /// Calls a function (interface and name) that a skill exports, as far as `origin` may.
    ///
    /// # Errors
    /// As [`Orchestrator::invoke`].
    pub(crate) async fn call_values(
        &self,
        origin: Origin,
        skill: &str,
        (interface, function): (String, String),
        values: Values,
        call: CallContext,
    ) -> Result<Values, InvokeError> {
        let registry = self.registry();
        let entry = registry.entry(skill);
        let deployed = entry.and_then(|entry| entry.deployed.as_ref());
        let method = deployed.and_then(|deployed| deployed.skill.method_of(&interface, &function));
        // One that is not there is refused by this name, after the policies have had their say.
        let unknown = || format!("{interface}#{function}");
        let method = method.map_or_else(unknown, str::to_owned);
        let work = |skill: Skill, context| async move {
            skill
                .call_values(&interface, &function, values, context)
                .await
        };
        self.dispatch(&registry, &origin, skill, &method, call, work)
            .await
    }

    async fn dispatch<T, F>(
        &self,
        registry: &Registry,
        origin: &Origin,
        skill: &str,
        method: &str,
        mut context: CallContext,
        work: impl FnOnce(Skill, CallContext) -> F,
    ) -> Result<T, InvokeError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        // Counted before `closing` is looked at: a shutdown sees the call or the call sees the shutdown.
        let _running = self.0.running.token();
        let permitted = if self.0.closing.is_cancelled() {
            Err(InvokeError::ShuttingDown)
        } else {
            permit(registry, origin, skill, method)
        };
        let deployed = permitted.inspect_err(|error| self.refused(skill, method, error))?;
        context.caller = match origin {
            Origin::Skill(caller) => Some(caller.clone()),
            Origin::Client | Origin::Operator | Origin::Host => None,
        };
        let (request, trace) = (context.request_id.clone(), context.trace_id.clone());
        let (request, trace) = (&*request, &*trace);
        let measured = self.0.metrics.call(skill, method);
        let result = self.run(deployed, context, work).await;
        let (outcome, seconds) = measured.finish(&result);
        match &result {
            Ok(_) => tracing::debug!(skill, method, request, trace, outcome, seconds, "called"),
            Err(error) if deployed.skill.admits_line() => tracing::info!(
                skill,
                method,
                request,
                trace,
                outcome,
                seconds,
                "call failed: {error}"
            ),
            Err(_) => {}
        }
        result
    }

    async fn run<T, F>(
        &self,
        deployed: &Deployed,
        mut context: CallContext,
        work: impl FnOnce(Skill, CallContext) -> F,
    ) -> Result<T, InvokeError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        // A token of its own, so that stopping the host does not cancel what else the caller does with its.
        let cancel = context.cancel.child_token();
        context.cancel = cancel.clone();
        let mut call = pin!(work(deployed.skill.clone(), context));
        let result = tokio::select! {
            biased;
            result = &mut call => result,
            () = self.0.stop.cancelled() => {
                cancel.cancel();
                call.await
            }
        };
        result.map_err(|error| match error {
            CallError::UnknownMethod(method) => InvokeError::UnknownMethod {
                skill: deployed.skill.id().to_owned(),
                method,
            },
            other => other.into(),
        })
    }

    fn refused(&self, skill: &str, method: &str, error: &InvokeError) {
        match error {
            InvokeError::Denied(denial) => self
                .0
                .metrics
                .denial(skill_label(&self.registry(), skill), &denial.capability),
            InvokeError::Private { .. } => self.0.metrics.denial(skill, "skills"),
            _ => {}
        }
        if self.admits_line(skill) {
            tracing::info!(
                skill,
                method,
                outcome = metrics::outcome(error),
                "call refused: {error}"
            );
        }
    }

    /// Whether one more line about a skill, which need not be there, is logged now.
    pub(crate) fn admits_line(&self, skill: &str) -> bool {
        let registry = self.registry();
        let entry = registry.entry(skill);
        match entry.and_then(|entry| entry.deployed.as_ref()) {
            Some(deployed) => deployed.skill.admits_line(),
            None => self.0.strays.admit_line("none"),
        }
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
        if tokio::time::timeout(patience, self.0.deliveries.wait())
            .await
            .is_err()
        {
            tracing::warn!("{} events are left undelivered", self.0.deliveries.len());
        }
        self.0.deliveries.reopen();
        self.0.metrics.audit.flush();
    }

    /// Refuses new calls, waits up to `grace` for those that run, then cancels them.
    pub async fn shutdown(&self, grace: Duration) {
        self.0.closing.cancel();
        self.0.running.close();
        if tokio::time::timeout(grace, self.0.running.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "{} calls still run after {grace:?} and are cancelled",
                self.0.running.len()
            );
            self.0.stop.cancel();
            if tokio::time::timeout(CANCELLED_CALLS_END, self.0.running.wait())
                .await
                .is_err()
            {
                tracing::error!("{} cancelled calls have not ended", self.0.running.len());
            }
        }
        self.0.metrics.audit.flush();
    }
}

/// A skill's name in counters: what a caller made up is no label.
fn skill_label<'a>(registry: &Registry, skill: &'a str) -> &'a str {
    if registry.entry(skill).is_some() {
        skill
    } else {
        "unknown"
    }
}

/// The skill to call, if `origin` may call this method of it.
fn permit<'a>(
    registry: &'a Registry,
    origin: &Origin,
    skill: &str,
    method: &str,
) -> Result<&'a Deployed, InvokeError> {
    let deployed = registry.target(origin, skill)?;
    let unknown = || InvokeError::UnknownMethod {
        skill: skill.to_owned(),
        method: method.to_owned(),
    };
    let found = deployed.method(method).ok_or_else(unknown)?;
    let exposed = tools::exposed(found, &deployed.section);
    match policy::visible(
        origin,
        &Callee {
            skill,
            visibility: found.visibility,
            exposed,
        },
    ) {
        Verdict::Allowed => Ok(deployed),
        Verdict::Hidden => Err(unknown()),
        Verdict::Private => Err(InvokeError::Private {
            skill: skill.to_owned(),
            method: method.to_owned(),
        }),
    }
}

/// Tells the operator what is new: not what was said at the last load.
fn log_changes(old: &Registry, new: &Registry) {
    for entry in new.entries() {
        let report = &entry.report;
        let before = old.of_manifest(&report.manifest).map(|entry| &entry.report);
        let (id, manifest) = (&report.id, report.manifest.display());
        if let Some(problem) = &report.problem
            && before.is_none_or(|before| before.problem != report.problem)
        {
            tracing::warn!(skill = %id, %manifest, running = report.running, "not loaded: {problem}");
        }
        for warning in &report.warnings {
            if before.is_none_or(|before| !before.warnings.contains(warning)) {
                tracing::warn!(skill = %id, %manifest, "{warning}");
            }
        }
        let kept = old
            .of_manifest(&report.manifest)
            .and_then(|entry| entry.deployed.as_ref());
        if let Some(deployed) = &entry.deployed
            && kept.is_none_or(|kept| !Arc::ptr_eq(kept, deployed))
        {
            tracing::info!(skill = %id, %manifest, methods = report.methods.len(), "loaded");
        }
    }
    for entry in old.entries() {
        let report = &entry.report;
        let runs = new
            .entry(&report.id)
            .is_some_and(|entry| entry.report.running);
        if report.running && !runs {
            tracing::info!(skill = %report.id, manifest = %report.manifest.display(), "stopped");
        }
    }
}
