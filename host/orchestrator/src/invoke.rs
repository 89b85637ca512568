//! The orchestrator itself: a registry that calls go through.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use luminarys_runtime::{CallContext, CallError, Outcome, Runtime, RuntimeOptions};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::{InvokeError, StartError};
use crate::load::{Deployed, load};
use crate::metrics::Metrics;
use crate::policy::{Origin, Refusal, decide};
use crate::registry::Registry;
use crate::report::SkillReport;
use crate::settings::Settings;
use crate::tools::{Tool, is_exposed};

/// All deployed skills. Cheap to clone.
#[derive(Clone)]
pub struct Orchestrator {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    registry: RwLock<Arc<Registry>>,
    settings: RwLock<Settings>,
    /// One reload at a time.
    loading: tokio::sync::Mutex<()>,
    tools_changed: watch::Sender<u64>,
    metrics: Metrics,
    stopping: AtomicBool,
    /// Cancelled when calls still running at shutdown must end.
    end: CancellationToken,
}

impl Orchestrator {
    /// Loads every manifest. A skill that does not load is reported, never an error. `on_load` is told of each manifest
    /// before it is loaded.
    ///
    /// # Errors
    /// [`StartError`] when the runtime cannot be set up.
    pub async fn start(
        settings: Settings,
        on_load: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let runtime = Runtime::new(RuntimeOptions {
            cache_dir: settings.cache_dir.clone(),
            data_dir: settings.data_dir.clone(),
            skill_log: settings.skill_log,
        })?;
        let orchestrator = Self {
            inner: Arc::new(Inner {
                runtime,
                registry: RwLock::default(),
                settings: RwLock::new(settings.clone()),
                loading: tokio::sync::Mutex::new(()),
                tools_changed: watch::Sender::new(0),
                metrics: Metrics::default(),
                stopping: AtomicBool::new(false),
                end: CancellationToken::new(),
            }),
        };
        orchestrator.deploy(settings, Arc::new(on_load)).await;
        Ok(orchestrator)
    }

    /// Deploys by `settings`: what has not changed runs on as it is, calls in flight finish on the version they began
    /// with. Directories for cache and data stay those of the start.
    pub async fn reload(&self, settings: Settings) {
        self.deploy(settings, Arc::new(|_: &str| ())).await;
    }

    async fn deploy(&self, settings: Settings, on_load: Arc<dyn Fn(&str) + Send + Sync>) {
        let _one_at_a_time = self.inner.loading.lock().await;
        let old = self.registry();
        let before: HashMap<PathBuf, Arc<Deployed>> =
            old.deployed.iter().map(|deployed| (deployed.report.manifest.clone(), deployed.clone())).collect();
        let parallel = std::thread::available_parallelism().map_or(1, usize::from);
        let running = Arc::new(tokio::sync::Semaphore::new(parallel));
        let tasks: Vec<_> = settings
            .manifests
            .iter()
            .map(|path| {
                let (runtime, settings, path) = (self.inner.runtime.clone(), settings.clone(), path.clone());
                let (before, running, on_load) = (before.get(&path).cloned(), running.clone(), on_load.clone());
                tokio::spawn(async move {
                    let _permit = running.acquire_owned().await;
                    let task = move || {
                        on_load(&path.display().to_string());
                        load(&runtime, &settings, &path, before)
                    };
                    tokio::task::spawn_blocking(task).await
                })
            })
            .collect();
        let mut loaded = Vec::new();
        for task in tasks {
            match task.await {
                Ok(Ok(deployed)) => loaded.push(deployed),
                Ok(Err(error)) | Err(error) => tracing::error!("a skill could not be loaded: {error}"),
            }
        }
        let registry = Registry::new(loaded, &settings.tool_separator);
        for deployed in &registry.deployed {
            let report = &deployed.report;
            if old.deployed.iter().any(|old| Arc::ptr_eq(old, deployed)) {
                continue;
            }
            for warning in &report.warnings {
                tracing::warn!(skill = %report.id, "{warning}");
            }
            match &report.problem {
                Some(problem) => tracing::error!(skill = %report.id, "not loaded: {problem}"),
                None => tracing::info!(skill = %report.id, methods = report.methods.len(), "loaded"),
            }
        }
        let changed = old.tools != registry.tools;
        *self.inner.registry.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
        *self.inner.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        if changed {
            self.inner.tools_changed.send_modify(|count| *count += 1);
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        self.inner.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn registry(&self) -> Arc<Registry> {
        self.inner.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every configured skill, loaded or not.
    pub fn skills(&self) -> Vec<SkillReport> {
        self.registry().deployed.iter().map(|deployed| deployed.report.clone()).collect()
    }

    /// One of them.
    pub fn skill(&self, id: &str) -> Option<SkillReport> {
        self.registry().skill(id).map(|deployed| deployed.report.clone())
    }

    /// What clients see.
    pub fn tools(&self) -> Arc<Vec<Tool>> {
        self.registry().tools.clone()
    }

    /// Changes whenever [`Orchestrator::tools`] does.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.inner.tools_changed.subscribe()
    }

    /// Calls a tool for a client. A tool of a whole skill takes `{"method": …, "params": {…}}`.
    ///
    /// # Errors
    /// [`InvokeError`].
    pub async fn call_tool(&self, tool: &str, arguments: Value, call: CallContext) -> Result<Outcome, InvokeError> {
        let registry = self.registry();
        let tool = registry.tool(tool).ok_or_else(|| InvokeError::UnknownTool(tool.to_owned()))?;
        if let Some(method) = &tool.method {
            return self.run(&registry, &Origin::Client, &tool.skill, method, arguments, call).await;
        }
        let method = arguments.get("method").and_then(Value::as_str);
        let method = method.ok_or_else(|| InvokeError::InvalidArguments("missing required parameter: method".to_owned()))?;
        let known = registry.skill(&tool.skill).is_some_and(|deployed| match (&deployed.manifest, &deployed.skill) {
            (Some(manifest), Some(skill)) => is_exposed(manifest, skill, method),
            _ => false,
        });
        if !known {
            return Err(InvokeError::UnknownMethod(method.to_owned()));
        }
        let params = arguments.get("params").cloned().unwrap_or(Value::Null);
        self.run(&registry, &Origin::Client, &tool.skill, method, params, call).await
    }

    /// Calls a method.
    ///
    /// # Errors
    /// [`InvokeError`].
    pub async fn invoke(
        &self,
        origin: Origin,
        skill: &str,
        method: &str,
        arguments: Value,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        self.run(&self.registry(), &origin, skill, method, arguments, call).await
    }

    async fn run(
        &self,
        registry: &Registry,
        origin: &Origin,
        skill: &str,
        method: &str,
        arguments: Value,
        mut call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        if self.inner.stopping.load(Ordering::Relaxed) {
            return Err(InvokeError::ShuttingDown);
        }
        let deployed = registry.skill(skill).ok_or_else(|| InvokeError::UnknownSkill(skill.to_owned()))?;
        let Some(target) = &deployed.skill else {
            let reason = deployed.report.problem.clone().unwrap_or_default();
            return Err(InvokeError::NotLoaded { skill: skill.to_owned(), reason });
        };
        let known = target.methods().iter().find(|known| known.name == method);
        let unknown = || InvokeError::UnknownMethod(method.to_owned());
        let known = known.ok_or_else(unknown)?;
        let caller = match origin {
            Origin::Skill(id) => registry.skill(id).and_then(|deployed| deployed.skill.as_ref()),
            _ => None,
        };
        let decision = decide(origin, known.visibility, target.grants(), caller.map(|caller| &**caller.grants()));
        decision.map_err(|refusal| match refusal {
            Refusal::Hidden => unknown(),
            Refusal::Denied(denial) => InvokeError::Denied(denial),
        })?;
        if let Origin::Skill(id) = origin {
            call.caller = Some(id.clone());
        }
        let begun = Instant::now();
        let metrics = &self.inner.metrics;
        let _running = Running::new(&self.inner);
        let result = tokio::select! {
            result = target.call(method, arguments, call) => result,
            () = self.inner.end.cancelled() => Err(CallError::Cancelled),
        };
        let outcome = match &result {
            Ok(_) => "ok",
            Err(CallError::Skill { denial: Some(_), .. }) => "denied",
            Err(CallError::Skill { .. }) => "error",
            Err(CallError::Limit { .. }) => "limit",
            Err(CallError::Trap(_)) => "crash",
            Err(CallError::Cancelled) => "cancelled",
            Err(CallError::InvalidArguments(_)) => "invalid",
            Err(_) => "failed",
        };
        let took = begun.elapsed();
        metrics.record(skill, method, outcome, took);
        tracing::debug!(skill, method, outcome, ?took, "call");
        Ok(result?)
    }

    /// What calls came to, in Prometheus' text form.
    pub fn metrics(&self) -> String {
        let registry = self.registry();
        let loaded = registry.deployed.iter().filter(|deployed| deployed.skill.is_some()).count();
        self.inner.metrics.render(loaded, registry.deployed.len())
    }

    /// Refuses new calls, waits for those running up to `grace`, then stops them.
    pub async fn shutdown(&self, grace: Duration) {
        self.inner.stopping.store(true, Ordering::Relaxed);
        let until = Instant::now() + grace;
        while self.inner.metrics.in_flight.load(Ordering::Relaxed) > 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.inner.end.cancel();
    }
}

/// Counts a call as running until it is dropped, however it ends.
struct Running<'a>(&'a Inner);

impl<'a> Running<'a> {
    fn new(inner: &'a Inner) -> Self {
        inner.metrics.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
