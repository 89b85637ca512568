//! Calls between skills: requests of the runtime, answered by the registry and its policies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures::future::BoxFuture;
use luminarys_grants::{Denial, Narrowing};
use luminarys_runtime::{
    CallContext, CallError, Callable, Charge, Event, FoundPage, Offered, Outcome, PeerError, Peers,
    Schedule, Signature, Values,
};
use luminarys_text::redact;
use tokio::sync::Semaphore;

use crate::calls::method_of;
use crate::events::MAX_SUBSCRIPTIONS;
use crate::orchestrator::Inner;
use crate::remote_failure::{RemoteFailure, RemoteFailureKind};
use crate::scheduled::{ScheduleError, ScheduleStore, ScheduledCall, now};
use crate::unattended::ended;
use crate::{InvokeError, Orchestrator, Origin, callable, linking, offered};

/// The orchestrator's interface to skills.
pub(crate) struct PeerTable {
    pub inner: Weak<Inner>,
    /// The remaining and maximum number of deferred calls of each skill.
    pub deferred: Mutex<HashMap<String, (u64, Arc<Semaphore>)>>,
}

impl PeerTable {
    pub fn orchestrator(&self) -> Result<Orchestrator, PeerError> {
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

    fn schedules(&self) -> Result<Arc<dyn ScheduleStore>, PeerError> {
        let text = "nothing can be scheduled: the host has no data_dir";
        let schedules = self.orchestrator()?.0.schedules.clone();
        schedules.ok_or_else(|| PeerError::Unavailable(text.to_owned()))
    }

    /// Returns the limits of `caller`'s own calls: scheduled, deferred, and the minimum delay of the former in
    /// milliseconds.
    fn waiting_limits(&self, caller: &str) -> Result<(u64, u64, u64), PeerError> {
        let registry = self.orchestrator()?.registry();
        let own = registry.entry(caller).and_then(|it| it.deployed.as_ref());
        let gone = || PeerError::Unavailable(format!("{caller} is no longer loaded"));
        let section = &own.ok_or_else(gone)?.skill.grants().schedule.0;
        Ok((
            section.max_scheduled,
            section.max_deferred,
            section.min_delay_ms,
        ))
    }
}

impl Peers for PeerTable {
    fn may_invoke(
        &self,
        caller: &str,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError> {
        let origin = Origin::Skill(caller.to_owned());
        let orchestrator = self.orchestrator()?;
        let allowed = orchestrator.may_invoke(&origin, skill, method, narrowing);
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
        let gone = || PeerError::Unavailable(format!("{caller} is no longer loaded"));
        let entry = registry.entry(caller).ok_or_else(gone)?;
        let provider = linking::provider(registry.entries(), entry, interface);
        let provider = provider.map_err(PeerError::Unavailable)?;
        Ok(provider.report.id.clone())
    }

    fn may_call_import(
        &self,
        caller: &str,
        skill: &str,
        interface: &str,
        function: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError> {
        let origin = Origin::Skill(caller.to_owned());
        let orchestrator = self.orchestrator()?;
        let method = method_of(&orchestrator.registry(), skill, interface, function);
        let allowed = orchestrator.may_invoke(&origin, skill, &method, narrowing);
        allowed.map_err(explain)
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
        let registry = self.orchestrator().map(|it| it.registry());
        registry.map_or_else(|_| Vec::new(), |it| callable::callable(&it, caller))
    }

    fn callable_skills(&self, caller: &str) -> Vec<String> {
        let registry = self.orchestrator().map(|it| it.registry());
        registry.map_or_else(|_| Vec::new(), |it| callable::callable_skills(&it, caller))
    }

    fn running(&self) -> Vec<String> {
        let orchestrator = self.orchestrator();
        orchestrator.map_or_else(|_| Vec::new(), |it| it.running())
    }

    fn find(&self, caller: &str, query: &str, offset: u32, limit: u32) -> FoundPage {
        let registry = self.orchestrator().map(|it| it.registry());
        let found = registry.map(|it| callable::find(&it, caller, query, offset, limit));
        found.unwrap_or_default()
    }

    fn signature(&self, caller: &str, skill: &str, method: &str) -> Option<Signature> {
        let registry = self.orchestrator().ok()?.registry();
        callable::signature(&registry, caller, skill, method)
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
        let (most, _, least_delay) = self.waiting_limits(caller)?;
        let arguments = serde_json::from_str(arguments)
            .map_err(|error| PeerError::Invalid(format!("the arguments are not JSON: {error}")))?;
        let call = ScheduledCall {
            method: method.to_owned(),
            arguments,
        };
        let due = now().saturating_add(delay.max(least_delay));
        let added = schedules.add(caller, due, &call, most);
        let id = added.map_err(|error| match error {
            ScheduleError::Full(_) => PeerError::Limit(format!(
                "{error}; the limit is {most}: permissions.schedule.max_scheduled"
            )),
            ScheduleError::TooMuch(text) => PeerError::Limit(text),
            error => broken(error),
        })?;
        self.orchestrator()?.0.schedule_added.notify_one();
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
        let (_, most, _) = self.waiting_limits(caller)?;
        let revoked = orchestrator.ended(caller);
        let mut places = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        let own = places
            .entry(caller.to_owned())
            .or_insert_with(|| (most, Arc::new(Semaphore::new(most as usize))));
        if own.0 != most {
            // Calls deferred under another limit have ended with its grants.
            *own = (most, Arc::new(Semaphore::new(most as usize)));
        }
        let place = own.1.clone().try_acquire_owned().map_err(|_| {
            PeerError::Limit(format!(
                "{most} calls of {caller} wait already: permissions.schedule.max_deferred"
            ))
        })?;
        drop(places);
        let pending = orchestrator.0.deliveries.token();
        let (skill, method) = (caller.to_owned(), method.to_owned());
        tokio::spawn(async move {
            if !revoked.is_cancelled() {
                let origin = Origin::Skill(skill.clone());
                let call = orchestrator.invoke_text(origin, &skill, &method, arguments, context);
                ended(&orchestrator, &skill, &method, call.await);
            }
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
        Ok(self.orchestrator()?.emit(event))
    }

    fn subscribe(&self, caller: &str, pattern: &str, method: &str) -> Result<(), PeerError> {
        self.own_method(caller, method)?;
        let orchestrator = self.orchestrator()?;
        let events = &orchestrator.0.events;
        let own = events.of(caller);
        let is_new = own.iter().all(|(known, _)| known != pattern);
        if is_new && own.len() >= MAX_SUBSCRIPTIONS {
            let text = format!("at most {MAX_SUBSCRIPTIONS} subscriptions a skill");
            return Err(PeerError::Limit(text));
        }
        let registry = orchestrator.registry();
        let known = |skill: &str| registry.entry(skill).is_some();
        let kept = events.add(caller, pattern, method, known);
        kept.map_err(|error| PeerError::Broken(format!("subscriptions: {error}")))
    }

    fn unsubscribe(&self, caller: &str, pattern: &str) -> Result<bool, PeerError> {
        let removed = self.orchestrator()?.0.events.remove(caller, pattern);
        removed.map_err(|error| PeerError::Broken(format!("subscriptions: {error}")))
    }

    fn subscriptions(&self, caller: &str) -> Vec<(String, String)> {
        self.orchestrator()
            .map(|orchestrator| orchestrator.0.events.of(caller))
            .unwrap_or_default()
    }
}

fn broken(error: ScheduleError) -> PeerError {
    match error {
        ScheduleError::Unavailable(text) => PeerError::Unavailable(text),
        error => PeerError::Broken(error.to_string()),
    }
}

/// Explains what went wrong on another node, or on the way to it.
fn of_node(failure: RemoteFailure, text: String) -> PeerError {
    match (failure.kind, failure.denial) {
        (RemoteFailureKind::Denied, Some(denial)) => PeerError::Denied(*denial),
        (RemoteFailureKind::Denied | RemoteFailureKind::Unknown, _) => PeerError::Unknown(text),
        (RemoteFailureKind::Invalid, _) => PeerError::Invalid(text),
        (RemoteFailureKind::Limit, _) => PeerError::Limit(text),
        (RemoteFailureKind::Unavailable, _) => PeerError::Unavailable(text),
        (RemoteFailureKind::TimedOut, _) => PeerError::Timeout(text),
        (RemoteFailureKind::Cancelled, _) => PeerError::Cancelled,
        (RemoteFailureKind::Returned, _) => PeerError::Returned(text),
        (RemoteFailureKind::Lost | RemoteFailureKind::Broken, _) => PeerError::Broken(text),
    }
}

fn explain(error: InvokeError) -> PeerError {
    // The caller must not learn secrets of the skill that it called.
    let text = redact(&error.to_string()).into_owned();
    match error {
        InvokeError::Denied(denial) => PeerError::Denied(denial),
        InvokeError::Private { skill, method } => PeerError::Denied(Denial {
            capability: "skills".to_owned(),
            target: format!("{skill}/{method}"),
            rule: "none: the manifest cannot allow this".to_owned(),
            reason: "it is a callback, which only its own skill and the host may call".to_owned(),
        }),
        InvokeError::UnknownSkill(_)
        | InvokeError::UnknownMethod { .. }
        | InvokeError::UnknownTool(_) => PeerError::Unknown(text),
        InvokeError::NotLoaded { .. }
        | InvokeError::NotConnected(_)
        | InvokeError::Revoked(_)
        | InvokeError::ShuttingDown => PeerError::Unavailable(text),
        InvokeError::InvalidArguments(_) => PeerError::Invalid(text),
        InvokeError::Remote(failure) => of_node(failure, text),
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
