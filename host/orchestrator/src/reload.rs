//! From settings to what runs. A reload has two parts.
//!
//! The first waits for local files only, each within a time: it reads the manifests and takes out of service at once what
//! they no longer allow. The second loads packages, each by itself: whatever is loaded is put in service as it is ready, and
//! nobody waits for another's registry.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use luminarys_package::Trust;

use crate::current::Slot;
use crate::entry::Entry;
use crate::loads::{Inputs, Load, OnLoad};
use crate::{Orchestrator, Settings};

impl Orchestrator {
    /// Takes over new settings; none keeps those of the last time. When this returns, nothing runs any more that the
    /// manifests no longer allow, and what is to be loaded is being loaded.
    pub(crate) async fn begin(&self, settings: Option<Settings>, on_load: Arc<OnLoad>) {
        let mut current = self.0.current.lock().await;
        let renew = settings.is_some_and(|settings| current.adopt(settings));
        if current.settings.trust == Trust::Any {
            tracing::warn!(
                "`trust` is `any`: packages run WHOEVER made them, signed or not; name trusted keys instead"
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
                // The same work goes on: it is not begun anew each time that something else changes.
                if let Some(load) = loading.remove(&path).filter(|it| it.inputs == inputs) {
                    return load;
                }
                let (load, job) = current.loads.add(inputs);
                jobs.push((job, named, entry.clone()));
                load
            });
            current.slots.push(Slot { path, entry, load });
        }
        // Those that are left are for nothing.
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

    /// Lists the tools of what is being compiled for a manifest, unless something else is wanted by now.
    pub(crate) async fn listed_one(&self, path: &Path, number: u64, entry: Entry) {
        self.take(path, number, entry, false).await;
    }

    /// Puts in service what was loaded for a manifest, unless something else is wanted by now.
    pub(crate) async fn loaded_one(&self, path: &Path, number: u64, entry: Entry) {
        self.take(path, number, entry, true).await;
    }

    async fn take(&self, path: &Path, number: u64, entry: Entry, is_done: bool) {
        // A reload that looks at the manifests first comes to its end: it is short.
        let mut current = self.0.current.lock().await;
        let mut slots = current.slots.iter_mut();
        let slot = slots.find(|slot| {
            let load = slot.load.as_ref();
            slot.path == path && load.is_some_and(|load| load.number == number)
        });
        if let Some(slot) = slot {
            slot.replace(entry);
            // Off the list only when it is in service: whoever waits for it finds it there.
            let load = is_done.then(|| slot.load.take());
            self.publish(&mut current);
            drop(load);
        }
    }
}

#[cfg(test)]
#[path = "reload_tests.rs"]
mod tests;
