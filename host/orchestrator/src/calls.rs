//! Calls: authorisation and outcome.

use std::pin::pin;
use std::sync::Arc;

use luminarys_grants::Narrowing;
use luminarys_runtime::{CallContext, CallError, Outcome, Values};
use serde_json::Value;

use crate::deployed::Deployed;
use crate::metrics;
use crate::permit::permit;
use crate::registry::Registry;
use crate::target::Target;
use crate::tools::Params;
use crate::work::{ImportWork, MethodWork, Work};
use crate::{InvokeError, Orchestrator, Origin, readiness, tools};

impl Orchestrator {
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
            .ok_or_else(|| self.unknown(InvokeError::UnknownTool(tool.to_owned())))?;
        let (method, params) = match &found.method {
            Some(method) => (method.clone(), Params::Json(arguments)),
            None => tools::take_apart(arguments).map_err(InvokeError::InvalidArguments)?,
        };
        let skill = found.skill.clone();
        let origin = Origin::Client;
        self.call_method(registry, &origin, &skill, &method, params, call)
            .await
    }

    /// Calls a method with a JSON object of arguments (null for none), if `origin` may call it. `call.caller` is set
    /// from `origin`. Dropping the future cancels the call.
    ///
    /// # Errors
    /// [`InvokeError`]; except for [`InvokeError::Call`], nothing of the skill ran.
    pub async fn invoke(
        &self,
        origin: Origin,
        skill: &str,
        method: &str,
        arguments: Value,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let (registry, arguments) = (self.registry(), Params::Json(arguments));
        self.call_method(registry, &origin, skill, method, arguments, call)
            .await
    }

    /// Checks that `origin` may call a method, from a call with these restrictions.
    ///
    /// # Errors
    /// The reason for a refusal.
    pub(crate) fn may_invoke(
        &self,
        origin: &Origin,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
    ) -> Result<(), InvokeError> {
        let allowed = permit(&self.registry(), origin, skill, method, narrowing).map(drop);
        allowed.inspect_err(|error| self.refused(skill, method, error))
    }

    /// Calls a method with the text of a JSON object of arguments, which is parsed once `origin` is allowed to call it.
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
        let (registry, arguments) = (self.registry(), Params::Text(arguments));
        self.call_method(registry, &origin, skill, method, arguments, call)
            .await
    }

    /// Calls a method as [`Orchestrator::invoke_text`]; the call counts as one of `registry`, which the caller has looked at.
    pub(crate) async fn call_method(
        &self,
        registry: Arc<Registry>,
        origin: &Origin,
        skill: &str,
        method: &str,
        arguments: Params,
        call: CallContext,
    ) -> Result<Outcome, InvokeError> {
        let work = MethodWork {
            method: method.to_owned(),
            arguments,
        };
        self.dispatch(registry, origin, skill, method, call, work)
            .await
    }

    /// Calls a function (interface and name) that a skill exports, if `origin` may call it.
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
        let method = method_of(&registry, skill, &interface, &function);
        let work = ImportWork {
            interface,
            function,
            values,
        };
        self.dispatch(registry, &origin, skill, &method, call, work)
            .await
    }

    async fn dispatch<W: Work>(
        &self,
        registry: Arc<Registry>,
        origin: &Origin,
        skill: &str,
        method: &str,
        mut context: CallContext,
        work: W,
    ) -> Result<W::Output, InvokeError> {
        // Counted before `closing` is checked: either the shutdown sees the call, or the call sees the shutdown.
        let _running = self.0.running.token();
        let permitted = if self.0.closing.is_cancelled() {
            Err(InvokeError::ShuttingDown)
        } else {
            permit(&registry, origin, skill, method, context.narrowing)
                .map_err(|error| self.unknown(error))
        };
        // A call keeps its own skill alive, and no others.
        drop(registry);
        let target = permitted.inspect_err(|error| self.refused(skill, method, error))?;
        context.caller = match origin {
            Origin::Skill(caller) | Origin::OtherNode(caller) => Some(caller.clone()),
            Origin::Client | Origin::Operator | Origin::Host => None,
        };
        let (request, trace) = (context.request_id.clone(), context.trace_id.clone());
        let (request, trace) = (&*request, &*trace);
        let client = context.client_name();
        let client = &*client;
        let measured = self.0.metrics.call(skill, method);
        let admits_line = || match &target {
            Target::Here(deployed) => deployed.skill.admits_line(),
            Target::Elsewhere(_) => self.0.strays.admit_line("elsewhere"),
        };
        let result = match &target {
            Target::Here(deployed) => self.run(deployed, context, work).await,
            Target::Elsewhere(remote) => {
                work.elsewhere(self, remote.clone(), origin, context).await
            }
        };
        let (outcome, seconds) = measured.finish(&result);
        match &result {
            Ok(_) => tracing::debug!(
                skill, method, client, request, trace, outcome, seconds, "called"
            ),
            Err(error) if admits_line() => tracing::info!(
                skill,
                method,
                client,
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

    async fn run<W: Work>(
        &self,
        deployed: &Deployed,
        mut context: CallContext,
        work: W,
    ) -> Result<W::Output, InvokeError> {
        let revoked = || InvokeError::Revoked(deployed.skill.id().to_owned());
        // It may have ended since the registry was read.
        if deployed.ended().is_cancelled() {
            return Err(revoked());
        }
        // A separate token, so that stopping the host does not cancel other work of the caller.
        let cancel = context.cancel.child_token();
        context.cancel = cancel.clone();
        let mut call = pin!(async {
            readiness::ready(deployed.skill.id(), &deployed.readiness, &context).await?;
            let result = work.here(deployed.skill.clone(), context).await;
            result.map_err(|error| match error {
                CallError::UnknownMethod(method) => InvokeError::UnknownMethod {
                    skill: deployed.skill.id().to_owned(),
                    method,
                },
                other => other.into(),
            })
        });
        tokio::select! {
            biased;
            result = &mut call => result,
            () = deployed.ended().cancelled() => {
                cancel.cancel();
                Err(revoked())
            }
            () = self.0.stop.cancelled() => {
                cancel.cancel();
                call.await
            }
        }
    }

    /// Explains an error where other nodes may have what is unknown here.
    fn unknown(&self, error: InvokeError) -> InvokeError {
        let is_unknown = matches!(
            error,
            InvokeError::UnknownTool(_) | InvokeError::UnknownSkill(_)
        );
        let remote = self.0.remote.get().and_then(std::sync::Weak::upgrade);
        match is_unknown && remote.is_some_and(|remote| !remote.is_connected()) {
            true => InvokeError::NotConnected(Box::new(error)),
            false => error,
        }
    }

    pub(crate) fn refused(&self, skill: &str, method: &str, error: &InvokeError) {
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

    /// Whether another line about a skill, which need not exist, is logged now.
    pub(crate) fn admits_line(&self, skill: &str) -> bool {
        let registry = self.registry();
        let entry = registry.entry(skill);
        match entry.and_then(|entry| entry.deployed.as_ref()) {
            Some(deployed) => deployed.skill.admits_line(),
            None => self.0.strays.admit_line("none"),
        }
    }
}

/// Returns a skill's name for metrics: a name made up by a caller must not become a label.
fn skill_label<'a>(registry: &Registry, skill: &'a str) -> &'a str {
    if registry.entry(skill).is_some() {
        skill
    } else {
        "unknown"
    }
}

/// Returns the name of the method for a function exported by `skill`. An unknown one is refused under its own name,
/// after the policies were checked.
pub(crate) fn method_of(
    registry: &Registry,
    skill: &str,
    interface: &str,
    function: &str,
) -> String {
    let entry = registry.entry(skill);
    let deployed = entry.and_then(|entry| entry.deployed.as_ref());
    let method = deployed.and_then(|deployed| deployed.skill.method_of(interface, function));
    method.map_or_else(|| format!("{interface}#{function}"), str::to_owned)
}
