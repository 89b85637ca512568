//! Publishes the registry of skills to run, atomically, and ends the others.

use std::sync::{Arc, PoisonError};

use crate::current::{Current, Slot};
use crate::deployed::Deployed;
use crate::entry::Entry;
use crate::registry::Registry;
use crate::remote::RemoteSkill;
use crate::reported::Reported;
use crate::{Orchestrator, linking};

impl Orchestrator {
    /// Replaces the registry by one of the skills to run.
    ///
    /// A skill that no longer runs, or whose grants changed, is ended: its calls, its connections, its daemons and
    /// its waiting events. If only its package changed, its calls may finish.
    pub(crate) fn publish(&self, current: &mut Current) {
        let (old, new) = self.replace(current);
        // A skill refused because of another may run again.
        current.slots.iter_mut().for_each(Slot::renew_ended);
        log_changes(&old, &new, &mut current.reported);
        let reports = || new.entries().iter().map(|entry| &entry.report);
        let loaded = reports().filter(|report| report.running).count();
        let failed = reports().filter(|report| report.problem.is_some()).count();
        self.0.metrics.skills(loaded, failed);
        self.0.skills_changed.send_modify(|count| *count += 1);
        // Due calls may have waited for their skill.
        self.0.schedule_added.notify_one();
    }

    /// Replaces what is known of the skills of other nodes.
    pub async fn publish_remote(&self, skills: Vec<Arc<RemoteSkill>>) {
        let mut current = self.0.current.lock().await;
        current.remote = skills;
        self.replace(&current);
    }

    /// Replaces the registry, and ends the skills that no longer run. Returns the old and the new one.
    fn replace(&self, current: &Current) -> (Arc<Registry>, Arc<Registry>) {
        let slots = current.slots.iter();
        let mut entries: Vec<Entry> = slots
            .map(|slot| {
                let mut entry = slot.entry.clone();
                entry.report.loading = slot.load.is_some();
                entry
            })
            .collect();
        linking::link(&mut entries);
        let new = Arc::new(Registry::new(entries, &current.remote));
        let old = {
            let registry = &self.0.registry;
            let mut registry = registry.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *registry, new.clone())
        };
        for (entry, deployed) in running(&old) {
            let next = new.of_manifest(&entry.report.manifest);
            let next = next.and_then(|next| next.deployed.as_ref());
            let goes_on =
                next.is_some_and(|next| Arc::ptr_eq(next, deployed) || next.lets_finish(deployed));
            if !goes_on {
                deployed.end();
            }
        }
        // Clients that ask for the tools before they are listed wait for them anyway.
        if *self.0.listed.borrow() && old.tools() != new.tools() {
            self.0.tools_changed.send_modify(|count| *count += 1);
        }
        (old, new)
    }
}

fn running(registry: &Registry) -> impl Iterator<Item = (&Entry, &Arc<Deployed>)> {
    let entries = registry.entries().iter();
    entries.filter_map(|entry| Some((entry, entry.deployed.as_ref()?)))
}

/// Logs changes for the operator.
fn log_changes(old: &Registry, new: &Registry, reported: &mut Reported) {
    for (report, message) in reported.update(new.entries().iter().map(|entry| &entry.report)) {
        let (id, manifest) = (&report.id, report.manifest.display());
        match report.problem.as_deref() == Some(message) {
            true => {
                tracing::warn!(skill = %id, %manifest, running = report.running, "not loaded: {message}");
            }
            false => tracing::warn!(skill = %id, %manifest, "{message}"),
        }
    }
    for entry in new.entries() {
        let report = &entry.report;
        let (id, manifest) = (&report.id, report.manifest.display());
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
