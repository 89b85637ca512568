//! Makes due calls: a few at once of each skill, so that a backlog neither floods the host nor delays other skills.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use luminarys_runtime::CallContext;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Orchestrator;
use crate::orchestrator::Inner;
use crate::schedules::{Name, Record, Schedules, now};
use crate::unattended::call;

/// The interval for finding schedules added by another host that shares the data directory.
const RESCAN: Duration = Duration::from_secs(15);
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
    fn next<'a>(&self, due: &'a [Name], may_run: impl Fn(&str) -> bool) -> Option<&'a Name> {
        if self.all() >= AT_ONCE {
            return None;
        }
        let fits = |name: &&Name| self.of(&name.skill) < AT_ONCE_EACH && may_run(&name.skill);
        let fitting = due.iter().filter(fits);
        fitting.min_by_key(|name| (self.of(&name.skill), *name))
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
}

/// Makes due calls until the orchestrator is dropped or closed.
async fn run(inner: Weak<Inner>, schedules: Arc<Schedules>, added: Arc<Notify>) {
    let mut running = Running::default();
    let mut calls: JoinSet<String> = JoinSet::new();
    loop {
        // Armed before reading, so that nothing added meanwhile is missed.
        let added = added.notified();
        let found = schedules.clone();
        let names = tokio::task::spawn_blocking(move || found.all()).await;
        let names = names.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let mut names = names.unwrap_or_else(|error| {
            tracing::error!("the schedules cannot be read: {error}");
            Vec::new()
        });
        let now = now();
        let later = names.iter().find(|name| name.due > now);
        let left = later.map(|name| Duration::from_millis(name.due - now));
        let wait = left.map_or(RESCAN, |left| left.min(RESCAN));
        names.retain(|name| name.due <= now);
        loop {
            let Some(orchestrator) = inner.upgrade().map(Orchestrator) else {
                return;
            };
            let registry = orchestrator.registry();
            // Waits for a skill that is being loaded: a schedule that is taken and not called would be lost.
            let may_run = |skill: &str| {
                let entry = registry.entry(skill);
                !entry.is_some_and(|it| it.report.loading && !(it.report.running && it.is_ready()))
            };
            let Some(next) = running.next(&names, may_run).cloned() else {
                break;
            };
            names.retain(|name| *name != next);
            if let Some(record) = take(&schedules, &next).await {
                running.begin(&next.skill);
                let call = tokio::spawn(due(orchestrator, next.skill.clone(), record));
                calls.spawn(async move {
                    if let Err(error) = call.await {
                        tracing::error!("a scheduled call panicked: {error}");
                    }
                    next.skill
                });
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

async fn take(schedules: &Arc<Schedules>, name: &Name) -> Option<Record> {
    let (schedules, name) = (schedules.clone(), name.clone());
    let taken = tokio::task::spawn_blocking(move || schedules.claim(&name)).await;
    match taken.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(record) => record,
        Err(error) => {
            tracing::error!("a schedule cannot be taken: {error}");
            None
        }
    }
}

/// Makes a scheduled call of a skill, if it still may schedule calls.
async fn due(orchestrator: Orchestrator, skill: String, record: Record) {
    let registry = orchestrator.registry();
    let deployed = registry.entry(&skill).and_then(|it| it.deployed.clone());
    drop(registry);
    let denial = deployed.and_then(|it| it.skill.grants().schedule.decide("schedule").err());
    let Record { method, arguments } = record;
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

    fn names(of: &[(&str, u64)]) -> Vec<Name> {
        let names = of.iter().map(|(skill, due)| Name::new(*due, 0, skill));
        names.collect()
    }

    #[test]
    fn a_backlog_runs_a_few_at_a_time_and_delays_no_other_skill() {
        let mut due: Vec<Name> = (0..1_000).map(|at| Name::new(at, at, "flood")).collect();
        due.extend(names(&[("other", 5_000), ("loading", 1)]));
        let mut running = Running::default();
        let may_run = |skill: &str| skill != "loading";
        let mut begun = Vec::new();
        while let Some(next) = running.next(&due, may_run).cloned() {
            due.retain(|name| *name != next);
            running.begin(&next.skill);
            begun.push((next.skill, next.due));
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
        let next = running.next(&due, may_run).map(|name| name.due);
        assert_eq!(next, Some(4));
    }

    #[test]
    fn all_skills_together_are_bounded() {
        let skills: Vec<String> = (0..1_000).map(|number| format!("skill-{number}")).collect();
        let mut due: Vec<Name> = skills.iter().map(|skill| Name::new(1, 0, skill)).collect();
        let mut running = Running::default();
        while let Some(next) = running.next(&due, |_| true).cloned() {
            due.retain(|name| *name != next);
            running.begin(&next.skill);
        }
        assert_eq!(running.all(), AT_ONCE);
    }
}
