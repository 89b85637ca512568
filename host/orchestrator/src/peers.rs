//! Skills calling skills: what the runtime asks, answered by the registry and its policies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use luminarys_grants::Denial;
use luminarys_package::Visibility;
use luminarys_runtime::{
    CallContext, CallError, Callable, Charge, Event, Offered, Outcome, PeerError, Peers, Schedule,
    Values,
};
use luminarys_text::redact;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

use crate::events::{Events, MAX_SUBSCRIPTIONS};
use crate::orchestrator::Inner;
use crate::schedules::{MAX_SCHEDULES, Record, Schedules, now};
use crate::{InvokeError, Orchestrator, Origin, linking, offered, policy};

/// A host that shares the data directory may add schedules; they are found at the latest after this.
const RESCAN: Duration = Duration::from_secs(15);

/// Deferred calls of one skill that wait at once.
const MAX_DEFERRED: usize = 1_000;

/// The orchestrator as skills see it.
pub(crate) struct PeerTable {
    pub inner: Weak<Inner>,
    /// None without a data directory: nothing is scheduled then.
    pub schedules: Option<Schedules>,
    pub events: Events,
    /// Told when a schedule is added.
    pub added: Notify,
    /// How many more calls of each skill may wait for nobody.
    pub deferred: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl PeerTable {
    fn orchestrator(&self) -> Result<Orchestrator, PeerError> {
        let inner = self.inner.upgrade();
        inner
            .map(Orchestrator)
            .ok_or_else(|| PeerError::Unavailable("the host is shutting down".to_owned()))
    }

    /// Fails when `caller` has no such method.
    fn own_method(&self, caller: &str, method: &str) -> Result<(), PeerError> {
        let registry = self.orchestrator()?.registry();
        let own = registry
            .entry(caller)
            .and_then(|entry| entry.deployed.as_ref());
        match own.and_then(|own| own.method(method)) {
            Some(_) => Ok(()),
            None => Err(PeerError::Unknown(format!(
                "{caller} has no method {method}"
            ))),
        }
    }

    fn schedules(&self) -> Result<&Schedules, PeerError> {
        let text = "nothing can be scheduled: the host has no data_dir";
        self.schedules
            .as_ref()
            .ok_or_else(|| PeerError::Unavailable(text.to_owned()))
    }

    /// Calls what is due, until the orchestrator is gone or closes.
    pub async fn run(self: Arc<Self>) {
        let Some(schedules) = &self.schedules else {
            return;
        };
        loop {
            // Armed before looking, so that nothing added meanwhile is slept through.
            let added = self.added.notified();
            let names = schedules.all().unwrap_or_else(|error| {
                tracing::error!("the schedules cannot be read: {error}");
                Vec::new()
            });
            let mut wait = RESCAN;
            for name in names {
                let left = name.due.saturating_sub(now());
                if left > 0 {
                    wait = wait.min(Duration::from_millis(left));
                    break;
                }
                let Ok(orchestrator) = self.orchestrator() else {
                    return;
                };
                match schedules.claim(&name) {
                    Ok(Some(Record { method, arguments })) => {
                        let context = CallContext::new("");
                        tokio::spawn(call(orchestrator, name.skill, method, arguments, context));
                    }
                    Ok(None) => {}
                    Err(error) => tracing::error!("a schedule cannot be taken: {error}"),
                }
            }
            let Ok(orchestrator) = self.orchestrator() else {
                return;
            };
            let closing = orchestrator.0.closing.clone();
            drop(orchestrator);
            tokio::select! {
                () = closing.cancelled() => return,
                () = added => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Calls a skill's own method, for nobody that waits.
async fn call(
    orchestrator: Orchestrator,
    skill: String,
    method: String,
    arguments: Value,
    context: CallContext,
) {
    let origin = Origin::Skill(skill.clone());
    let call = orchestrator.invoke(origin, &skill, &method, arguments, context);
    ended(&orchestrator, &skill, &method, call.await);
}

fn ended(
    orchestrator: &Orchestrator,
    skill: &str,
    method: &str,
    result: Result<Outcome, InvokeError>,
) {
    match result {
        Ok(_) => tracing::debug!(skill, method, "a scheduled call has ended"),
        Err(error) if orchestrator.admits_line(skill) => {
            tracing::warn!(skill, method, "a scheduled call failed: {error}");
        }
        Err(_) => {}
    }
}

impl Peers for PeerTable {
    fn may_invoke(&self, caller: &str, skill: &str, method: &str) -> Result<(), PeerError> {
        let origin = Origin::Skill(caller.to_owned());
        let allowed = self.orchestrator()?.may_invoke(&origin, skill, method);
        allowed.map_err(explain)
    }

    fn invoke(
        &self,
        caller: &str,
        skill: String,
        method: String,
        arguments: String,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Outcome, PeerError>> {
        let orchestrator = self.orchestrator();
        let origin = Origin::Skill(caller.to_owned());
        Box::pin(async move {
            let call = orchestrator?;
            let call = call.invoke_text(origin, &skill, &method, arguments, context);
            call.await.map_err(explain)
        })
    }

    fn provider(&self, caller: &str, interface: &str) -> Result<String, PeerError> {
        let registry = self.orchestrator()?.registry();
        let gone = || PeerError::Unavailable(format!("{caller} is not loaded any more"));
        let entry = registry.entry(caller).ok_or_else(gone)?;
        let provider = linking::provider(registry.entries(), entry, interface);
        let provider = provider.map_err(PeerError::Unavailable)?;
        Ok(provider.report.id.clone())
    }

    fn call_import(
        &self,
        caller: &str,
        skill: String,
        function: (String, String),
        values: Values,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Values, PeerError>> {
        let orchestrator = self.orchestrator();
        let origin = Origin::Skill(caller.to_owned());
        Box::pin(async move {
            let orchestrator = orchestrator?;
            let call = orchestrator.call_values(origin, &skill, function, values, context);
            call.await.map_err(explain)
        })
    }

    fn has_method(&self, caller: &str, method: &str) -> Result<(), PeerError> {
        self.own_method(caller, method)
    }

    fn call_back(
        &self,
        caller: &str,
        method: &str,
        offered: Vec<(&'static str, Offered)>,
        context: CallContext,
    ) -> BoxFuture<'static, Result<(), PeerError>> {
        let orchestrator = self.orchestrator();
        let (skill, method) = (caller.to_owned(), method.to_owned());
        Box::pin(async move {
            let orchestrator = orchestrator?;
            let call = offered::call(&orchestrator, &skill, &method, offered, context);
            call.await.map_err(explain)
        })
    }

    fn callable(&self, caller: &str) -> Vec<Callable> {
        let Ok(orchestrator) = self.orchestrator() else {
            return Vec::new();
        };
        let registry = orchestrator.registry();
        let running = registry.entries().iter();
        let running =
            running.filter_map(|entry| Some((&entry.report.id, entry.deployed.as_ref()?)));
        let own = registry
            .entry(caller)
            .and_then(|entry| entry.deployed.as_ref());
        let own = own.map(|deployed| deployed.invoke_grants());
        let others = running.filter(|(id, deployed)| {
            let allowed = policy::between(caller, own, id, Some(deployed.invoke_grants()));
            *id != caller && allowed.is_ok()
        });
        let mut found = Vec::new();
        for (id, deployed) in others {
            let open = deployed.skill.methods().iter().filter(|method| {
                method.visibility != Visibility::Callback && method.unavailable.is_none()
            });
            found.extend(open.map(|method| Callable {
                skill: id.clone(),
                method: method.name.clone(),
                description: method.description.clone(),
                parameters: method.input_schema.clone(),
            }));
        }
        found
    }

    fn schedule(
        &self,
        caller: &str,
        method: &str,
        arguments: &str,
        delay: u64,
    ) -> Result<String, PeerError> {
        let schedules = self.schedules()?;
        self.own_method(caller, method)?;
        let arguments = serde_json::from_str(arguments)
            .map_err(|error| PeerError::Invalid(format!("the arguments are not JSON: {error}")))?;
        let waiting = schedules.all().map_err(broken)?;
        let waiting = waiting.iter().filter(|name| name.skill == caller).count();
        if waiting >= MAX_SCHEDULES {
            let text = format!("{waiting} schedules wait already; at most {MAX_SCHEDULES}");
            return Err(PeerError::Limit(text));
        }
        let record = Record {
            method: method.to_owned(),
            arguments,
        };
        let due = now().saturating_add(delay);
        let id = schedules.add(caller, due, &record).map_err(broken)?;
        self.added.notify_one();
        Ok(id)
    }

    fn defer(
        &self,
        caller: &str,
        method: &str,
        (arguments, held): (String, Charge),
        context: CallContext,
    ) -> Result<(), PeerError> {
        self.own_method(caller, method)?;
        let orchestrator = self.orchestrator()?;
        let mut places = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        let own = places
            .entry(caller.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(MAX_DEFERRED)));
        let place = own.clone().try_acquire_owned().map_err(|_| {
            PeerError::Limit(format!("{MAX_DEFERRED} calls of {caller} wait already"))
        })?;
        let pending = orchestrator.0.deliveries.token();
        let (skill, method) = (caller.to_owned(), method.to_owned());
        tokio::spawn(async move {
            let origin = Origin::Skill(skill.clone());
            let call = orchestrator.invoke_text(origin, &skill, &method, arguments, context);
            ended(&orchestrator, &skill, &method, call.await);
            drop((place, pending, held));
        });
        Ok(())
    }

    fn scheduled(&self, caller: &str) -> Result<Vec<Schedule>, PeerError> {
        self.schedules()?.of(caller).map_err(broken)
    }

    fn unschedule(&self, caller: &str, id: &str) -> Result<bool, PeerError> {
        self.schedules()?.remove(caller, id).map_err(broken)
    }

    fn emit(&self, event: Event) -> Result<u32, PeerError> {
        Ok(self.events.emit(&self.orchestrator()?, event))
    }

    fn subscribe(&self, caller: &str, pattern: &str, method: &str) -> Result<(), PeerError> {
        self.own_method(caller, method)?;
        let own = self.events.of(caller);
        let is_new = own.iter().all(|(known, _)| known != pattern);
        if is_new && own.len() >= MAX_SUBSCRIPTIONS {
            let text = format!("at most {MAX_SUBSCRIPTIONS} subscriptions a skill");
            return Err(PeerError::Limit(text));
        }
        let kept = self.events.add(caller, pattern, method);
        kept.map_err(|error| PeerError::Broken(format!("subscriptions: {error}")))
    }

    fn unsubscribe(&self, caller: &str, pattern: &str) -> Result<bool, PeerError> {
        let removed = self.events.remove(caller, pattern);
        removed.map_err(|error| PeerError::Broken(format!("subscriptions: {error}")))
    }

    fn subscriptions(&self, caller: &str) -> Vec<(String, String)> {
        self.events.of(caller)
    }
}

fn broken(error: std::io::Error) -> PeerError {
    PeerError::Broken(format!("schedules: {error}"))
}

fn explain(error: InvokeError) -> PeerError {
    // The caller may not know the secrets of the skill that it called.
    let text = redact(&error.to_string()).into_owned();
    match error {
        InvokeError::Denied(denial) => PeerError::Denied(denial),
        InvokeError::Private { skill, method } => PeerError::Denied(Denial {
            capability: "skills".to_owned(),
            target: format!("{skill}/{method}"),
            rule: "none: the manifest cannot allow this".to_owned(),
            reason: "it is a callback, which only its own skill and the host call".to_owned(),
        }),
        InvokeError::UnknownSkill(_)
        | InvokeError::UnknownMethod { .. }
        | InvokeError::UnknownTool(_) => PeerError::Unknown(text),
        InvokeError::NotLoaded { .. } | InvokeError::ShuttingDown => PeerError::Unavailable(text),
        InvokeError::InvalidArguments(_) => PeerError::Invalid(text),
        InvokeError::Call(error) => match error {
            CallError::Skill { .. } => PeerError::Returned(text),
            CallError::Limit {
                limit: "timeout_ms",
                ..
            } => PeerError::Timeout(text),
            CallError::Limit { .. } | CallError::Exhausted(_) => PeerError::Limit(text),
            CallError::Deadlock(_) => PeerError::Unavailable(text),
            CallError::Cancelled => PeerError::Cancelled,
            CallError::UnknownMethod(_) => PeerError::Unknown(text),
            CallError::Unavailable { .. } => PeerError::Unavailable(text),
            CallError::InvalidArguments(_) => PeerError::Invalid(text),
            CallError::Trap(_) | CallError::Host(_) => PeerError::Broken(text),
        },
    }
}
