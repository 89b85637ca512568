//! Makes due calls: a few at once of each skill, so that a backlog neither floods the host nor delays other skills.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use luminarys_grants::Denial;
use luminarys_runtime::CallContext;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Orchestrator;
use crate::orchestrator::Inner;
use crate::scheduled::{
    Abandoned, ScheduleError, ScheduleName, ScheduleStore, ScheduledCall, Taken, now,
};
use crate::unattended::call;

/// Concurrent due calls of one skill.
const AT_ONCE_EACH: usize = 4;
/// Concurrent due calls.
const AT_ONCE: usize = 64;

/// Running due calls by skill.
#[derive(Default)]
struct Running(HashMap<String, usize>);

impl Running {
    fn of(&self, skill: &str) -> usize {
        self.0.get(skill).copied().unwrap_or_default()
    }

    fn all(&self) -> usize {
        self.0.values().sum()
    }

    /// Chooses the next call: of the skills below their limit, the one with the fewest running calls; its earliest
    /// call.
    fn next<'a>(
        &self,
        due: &'a [ScheduleName],
        may_run: impl Fn(&str) -> bool,
    ) -> Option<&'a ScheduleName> {
        let fitting = due
            .iter()
            .filter(|name| self.has_room(name.skill()) && may_run(name.skill()));
        fitting.min_by_key(|name| (self.of(name.skill()), *name))
    }

    /// Returns whether one more call of `skill` may run.
    fn has_room(&self, skill: &str) -> bool {
        self.all() < AT_ONCE && self.of(skill) < AT_ONCE_EACH
    }

    fn begin(&mut self, skill: &str) {
        *self.0.entry(skill.to_owned()).or_default() += 1;
    }

    fn end(&mut self, skill: &str) {
        if let Some(count) = self.0.get_mut(skill) {
            *count = count.saturating_sub(1);
        }
        self.0.retain(|_, count| *count > 0);
    }
}

impl Orchestrator {
    /// Makes scheduled calls from now on until shutdown: for a long-running host. Must be called within a
    /// Tokio runtime.
    pub fn run_schedules(&self) {
        if let Some(schedules) = self.0.schedules.clone() {
            let added = self.0.schedule_added.clone();
            tokio::spawn(run(Arc::downgrade(&self.0), schedules, added));
        }
    }

    /// Returns the ids of the skills that serve calls.
    fn serving(&self) -> Vec<String> {
        let registry = self.registry();
        let ready = registry
            .entries()
            .iter()
            .filter(|entry| entry.deployed.is_some() && entry.report.running && entry.is_ready());
        ready.map(|entry| entry.report.id.clone()).collect()
    }

    /// Returns whether a scheduled call of `skill` may be begun: not while the skill is being loaded, since a schedule that is
    /// taken and not called would be lost.
    fn may_begin(&self, skill: &str) -> bool {
        let registry = self.registry();
        let entry = registry.entry(skill);
        !entry.is_some_and(|it| it.report.loading && !(it.report.running && it.is_ready()))
    }

    /// Returns whether a call of the method may be made once more when it is not known how far it was.
    fn may_repeat(&self, skill: &str, method: &str) -> bool {
        let registry = self.registry();
        let deployed = registry.entry(skill).and_then(|it| it.deployed.as_ref());
        let method = deployed.and_then(|it| it.method(method));
        method.is_some_and(|it| it.effects.idempotent || it.effects.read_only)
    }
}

/// What is to be done, as it was read from the store.
#[derive(Default)]
struct Found {
    waiting: Vec<ScheduleName>,
    abandoned: Vec<Abandoned>,
}

/// Makes due calls until the orchestrator is dropped or closed.
async fn run(inner: Weak<Inner>, schedules: Arc<dyn ScheduleStore>, added: Arc<Notify>) {
    let mut running = Running::default();
    let mut calls: JoinSet<String> = JoinSet::new();
    let mut looked: Option<Instant> = None;
    loop {
        // Armed before reading, so that nothing added meanwhile is missed.
        let added = added.notified();
        let Some(skills) = inner.upgrade().map(|inner| Orchestrator(inner).serving()) else {
            return;
        };
        let interval = schedules.interval();
        let looks_back = looked.is_none_or(|looked| looked.elapsed() >= interval);
        if looks_back {
            looked = Some(Instant::now());
        }
        let found = read(&schedules, skills, looks_back).await;
        let now = now();
        let mut names = found.waiting;
        let later = names.iter().find(|name| name.due() > now);
        let left = later.map(|name| Duration::from_millis(name.due() - now));
        let wait = left.map_or(interval, |left| left.min(interval));
        names.retain(|name| name.due() <= now);
        for abandoned in found.abandoned {
            let Some(orchestrator) = inner.upgrade().map(Orchestrator) else {
                return;
            };
            let skill = abandoned.name.skill().to_owned();
            if !orchestrator.may_repeat(&skill, &abandoned.method) {
                report(&orchestrator, &schedules, abandoned).await;
            } else if running.has_room(&skill) && orchestrator.may_begin(&skill) {
                let (store, name) = (schedules.clone(), abandoned.name.clone());
                let taken = blocking(move || store.take_over(&abandoned)).await;
                if let Some(call) = to_be_made(&orchestrator, &name, taken) {
                    running.begin(&skill);
                    begin(&mut calls, orchestrator, schedules.clone(), name, call);
                }
            }
        }
        loop {
            let Some(orchestrator) = inner.upgrade().map(Orchestrator) else {
                return;
            };
            let may_run = |skill: &str| orchestrator.may_begin(skill);
            let Some(next) = running.next(&names, may_run).cloned() else {
                break;
            };
            names.retain(|name| *name != next);
            let (store, name) = (schedules.clone(), next.clone());
            let taken = blocking(move || store.take(&name)).await;
            if let Some(call) = to_be_made(&orchestrator, &next, taken) {
                running.begin(next.skill());
                begin(&mut calls, orchestrator, schedules.clone(), next, call);
            }
        }
        let Some(orchestrator) = inner.upgrade().map(Orchestrator) else {
            return;
        };
        let closing = orchestrator.0.closing.clone();
        drop(orchestrator);
        tokio::select! {
            // The shutdown waits for running calls.
            () = closing.cancelled() => {
                calls.detach_all();
                return;
            }
            () = added => {}
            () = tokio::time::sleep(wait) => {}
            Some(Ok(skill)) = calls.join_next() => running.end(&skill),
        }
    }
}

/// Runs what blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ScheduleError> + Send + 'static,
) -> Result<T, ScheduleError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(ScheduleError::Broken(error.to_string())))
}

/// Reads what is to be done, and logs what cannot be read.
async fn read(schedules: &Arc<dyn ScheduleStore>, skills: Vec<String>, looks_back: bool) -> Found {
    let store = schedules.clone();
    let found = blocking(move || {
        let abandoned = match looks_back {
            true => store.abandoned(&skills)?,
            false => Vec::new(),
        };
        let waiting = store.waiting(&skills)?;
        Ok(Found { waiting, abandoned })
    });
    found.await.unwrap_or_else(|error| {
        tracing::error!("the schedules cannot be read: {error}");
        Found::default()
    })
}

/// Returns the call that is to be made, and reports what is not.
fn to_be_made(
    orchestrator: &Orchestrator,
    name: &ScheduleName,
    taken: Result<Taken, ScheduleError>,
) -> Option<ScheduledCall> {
    match taken {
        Ok(Taken::Call(call)) => Some(call),
        Ok(Taken::Elsewhere) => None,
        Ok(Taken::Dropped(reason)) => {
            tell(orchestrator, name, "", reason);
            None
        }
        Err(error) => {
            tracing::error!("a schedule cannot be taken: {error}");
            None
        }
    }
}

/// Begins a call that was taken.
fn begin(
    calls: &mut JoinSet<String>,
    orchestrator: Orchestrator,
    schedules: Arc<dyn ScheduleStore>,
    name: ScheduleName,
    call: ScheduledCall,
) {
    // A shutdown waits until its end is known.
    let counted = orchestrator.0.ending.token();
    let made = tokio::spawn(due(orchestrator, name.skill().to_owned(), call));
    calls.spawn(async move {
        if let Err(error) = made.await {
            tracing::error!("a scheduled call panicked: {error}");
        }
        let skill = name.skill().to_owned();
        let ended = blocking(move || {
            schedules.ended(&name);
            Ok(())
        });
        if let Err(error) = ended.await {
            tracing::error!("the end of a scheduled call cannot be noted: {error}");
        }
        drop(counted);
        skill
    });
}

/// Reports a call that was begun by a host that is gone, and is not repeated.
async fn report(
    orchestrator: &Orchestrator,
    schedules: &Arc<dyn ScheduleStore>,
    abandoned: Abandoned,
) {
    let (store, gone) = (schedules.clone(), abandoned.clone());
    match blocking(move || store.give_up(&gone)).await {
        Ok(true) => {
            let Abandoned { name, method, node } = abandoned;
            let reason = format!(
                "node {node} began it and is gone, so it is not known how far it was; it is not repeated, since {method} is not                  declared idempotent (`@skill:hint idempotent`)"
            );
            tell(orchestrator, &name, &method, reason);
        }
        Ok(false) => {}
        Err(error) => {
            tracing::error!(
                "a scheduled call that a node left unfinished cannot be reported: {error}"
            );
        }
    }
}

/// Reports a call that is not made: in the log, and in the audit log.
fn tell(orchestrator: &Orchestrator, name: &ScheduleName, method: &str, reason: String) {
    let (skill, id) = (name.skill(), name.id());
    tracing::error!(skill, method, id, "a scheduled call is not made: {reason}");
    let target = format!("scheduled {id}");
    // The audit log has the rule, and not the reason.
    let rule = format!("none: {reason}");
    let denial = Denial::new("skills", &target, reason, rule);
    let audit = CallContext::new("").audit(&orchestrator.0.metrics.audit, skill, method);
    audit.denied(&denial);
}

/// Makes a scheduled call of a skill, if it still may schedule calls.
async fn due(orchestrator: Orchestrator, skill: String, scheduled: ScheduledCall) {
    let registry = orchestrator.registry();
    let deployed = registry.entry(&skill).and_then(|it| it.deployed.clone());
    drop(registry);
    let denial = deployed.and_then(|it| it.skill.grants().schedule.decide("schedule").err());
    let ScheduledCall { method, arguments } = scheduled;
    match denial {
        Some(denial) => tracing::warn!(skill, method, "a scheduled call is dropped: {denial}"),
        None => {
            let context = CallContext::new("");
            call(orchestrator, skill, method, arguments, context).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[(&str, u64)]) -> Vec<ScheduleName> {
        let names = of
            .iter()
            .map(|(skill, due)| ScheduleName::with_nonce(*due, 0, skill));
        names.collect()
    }

    #[test]
    fn a_backlog_runs_a_few_at_a_time_and_delays_no_other_skill() {
        let mut due: Vec<ScheduleName> = (0..1_000)
            .map(|at| ScheduleName::with_nonce(at, at, "flood"))
            .collect();
        due.extend(names(&[("other", 5_000), ("loading", 1)]));
        let mut running = Running::default();
        let may_run = |skill: &str| skill != "loading";
        let mut begun = Vec::new();
        while let Some(next) = running.next(&due, may_run).cloned() {
            due.retain(|name| *name != next);
            running.begin(next.skill());
            begun.push((next.skill().to_owned(), next.due()));
        }
        let expected = [
            ("flood", 0),
            ("other", 5_000),
            ("flood", 1),
            ("flood", 2),
            ("flood", 3),
        ];
        let found: Vec<_> = begun
            .iter()
            .map(|(skill, due)| (skill.as_str(), *due))
            .collect();
        assert_eq!(found, expected);
        running.end("flood");
        let next = running.next(&due, may_run).map(ScheduleName::due);
        assert_eq!(next, Some(4));
    }

    #[test]
    fn all_skills_together_are_bounded() {
        let skills: Vec<String> = (0..1_000).map(|number| format!("skill-{number}")).collect();
        let mut due: Vec<ScheduleName> = skills
            .iter()
            .map(|skill| ScheduleName::with_nonce(1, 0, skill))
            .collect();
        let mut running = Running::default();
        while let Some(next) = running.next(&due, |_| true).cloned() {
            due.retain(|name| *name != next);
            running.begin(next.skill());
        }
        assert_eq!(running.all(), AT_ONCE);
    }
}
