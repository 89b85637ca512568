//! Reloads skills under new settings. A reload has two parts.
//!
//! The first waits for local files only, each with a time limit: it reads the manifests and immediately ends what
//! they no longer allow. The second loads packages independently: each is put into service when it is ready, and
//! none waits for another's registry.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use luminarys_package::Trust;

use crate::current::Slot;
use crate::entry::Entry;
use crate::loads::{Inputs, Load};
use crate::steps::OnLoad;
use crate::{Orchestrator, Settings};

impl Orchestrator {
    /// Applies new settings, or keeps the current ones for `None`. When this returns, nothing runs that the
    /// manifests no longer allow, and loading has begun.
    pub(crate) async fn begin(&self, settings: Option<Settings>, on_load: Arc<OnLoad>) {
        let mut current = self.0.current.lock().await;
        let renew = settings.is_some_and(|settings| current.adopt(settings));
        if current.settings.trust == Trust::Any {
            tracing::warn!(
                "`trust` is `any`: EVERY package runs, whoever signed it or not; name trusted keys instead"
            );
        }
        let found = current.survey().await;
        let mut loading: HashMap<PathBuf, Load> = current
            .slots
            .drain(..)
            .filter_map(|slot| Some((slot.path, slot.load?)))
            .collect();
        let loader = current.loader();
        let mut jobs = Vec::new();
        for (path, entry, named) in found {
            let load = named.map(|named| {
                let inputs = Inputs::new(&named, &loader, &current.settings);
                // A load in progress continues: it does not restart whenever something else changes.
                if let Some(load) = loading.remove(&path).filter(|it| it.inputs == inputs) {
                    return load;
                }
                let (load, job) = current.loads.add(inputs);
                jobs.push((job, named, entry.clone()));
                load
            });
            current.slots.push(Slot { path, entry, load });
        }
        // The remaining loads are no longer needed.
        drop(loading);
        self.publish(&mut current);
        if renew {
            current.renew().await;
        }
        let loader = current.loader();
        for (job, named, entry) in jobs {
            let work = job.run(self, loader.clone(), named, entry, on_load.clone());
            tokio::spawn(work);
        }
    }

    /// Lists the tools of a package that is being compiled, unless it is outdated by now.
    pub(crate) async fn listed_one(&self, path: &Path, number: u64, entry: Entry) {
        self.take(path, number, entry, false).await;
    }

    /// Puts a loaded package into service, unless it is outdated by now.
    pub(crate) async fn loaded_one(&self, path: &Path, number: u64, entry: Entry) {
        self.take(path, number, entry, true).await;
    }

    async fn take(&self, path: &Path, number: u64, entry: Entry, is_done: bool) {
        // Waits for a reload that reads the manifests, which is short.
        let mut current = self.0.current.lock().await;
        let mut slots = current.slots.iter_mut();
        let slot = slots.find(|slot| {
            let load = slot.load.as_ref();
            slot.path == path && load.is_some_and(|load| load.number == number)
        });
        if let Some(slot) = slot {
            slot.replace(entry);
            // Removed from the list only once it is in service, so that waiting tasks find it there.
            let load = is_done.then(|| slot.load.take());
            self.publish(&mut current);
            drop(load);
        }
    }
}

#[cfg(test)]
#[path = "reload_tests.rs"]
mod tests;
