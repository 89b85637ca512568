//! Loads packages independently of each other: first fetched and checked, so that tools can be listed, then compiled.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;

use crate::Orchestrator;
use crate::entry::Entry;
use crate::files::{self, Unusable};
use crate::load::{Loader, Named};
use crate::loads::{Job, Stage};
use crate::source::Source;
use crate::steps::{LoadStep, OnLoad};

/// The time limit for reading a package from a file: one that hangs makes room for the next.
const READING: Duration = Duration::from_secs(30);

/// How long compilation waits until all packages are listed, since clients list tools first.
const LISTING_FIRST: Duration = Duration::from_secs(5);

impl Job {
    /// Loads the package of `named`, and puts it into service. `previous` runs until then.
    pub fn run(
        self,
        orchestrator: &Orchestrator,
        loader: Arc<Loader>,
        named: Named,
        previous: Entry,
        on_load: Arc<OnLoad>,
    ) -> impl Future<Output = ()> + Send + use<> {
        // A load in progress must not keep the host alive.
        let host = Arc::downgrade(&orchestrator.0);
        async move {
            on_load(LoadStep::Begins {
                manifest: &named.path.display().to_string(),
            });
            let path = named.path.clone();
            let is_served = previous.deployed.is_some() && previous.is_ready();
            let work = async {
                let (loader, named) = (loader, Arc::new(named));
                let entry = self.check(&loader, &named, previous).await;
                if !is_served
                    && self.is_to_be_listed(&entry)
                    && let Some(host) = host.upgrade()
                {
                    let listed = Orchestrator(host);
                    listed.listed_one(&path, self.number, entry.clone()).await;
                }
                self.compile(loader, named, entry, on_load).await
            };
            let entry = tokio::select! {
                () = self.cancel.cancelled() => return,
                entry = work => entry,
            };
            if let Some(host) = host.upgrade() {
                let loaded = Orchestrator(host);
                loaded.loaded_one(&path, self.number, entry).await;
            }
        }
    }

    /// Reads and checks the package.
    async fn check(&self, loader: &Arc<Loader>, named: &Arc<Named>, previous: Entry) -> Entry {
        // The semaphore is never closed.
        let turn = async || self.turns.clone().acquire_owned().await.ok();
        let (package, turn) = match &named.source {
            // A pull from a registry holds no permit.
            Source::Registry(reference) => {
                self.is_at(Stage::Registry);
                let pulled = loader.packages.pull(reference).await;
                self.is_at(Stage::Reading);
                (pulled.map_err(Unusable::Broken), turn().await)
            }
            Source::File(path) => {
                let turn = turn().await;
                (read(path.clone()).await, turn)
            }
        };
        let (loader, its) = (loader.clone(), named.clone());
        let deployed = spawn_blocking(move || {
            // Held until it is done, even if it is no longer awaited.
            let _turn = turn;
            loader.deploy(&its, package, Some(&previous))
        });
        deployed
            .await
            .unwrap_or_else(|error| broken(named, &error.to_string()))
    }

    /// Whether tools are listed before the code is compiled.
    fn is_to_be_listed(&self, entry: &Entry) -> bool {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let deployed = entry.deployed.as_ref().filter(|_| !entry.is_ready());
        deployed.is_some_and(|deployed| !broken.contains(&deployed.origin.package))
    }

    /// Compiles the code if necessary, when it is its turn.
    async fn compile(
        &self,
        loader: Arc<Loader>,
        named: Arc<Named>,
        entry: Entry,
        on_load: Arc<OnLoad>,
    ) -> Entry {
        self.is_at(Stage::Compiling);
        let mut turn = None;
        if let Some(deployed) = entry.deployed.as_ref().filter(|_| !entry.is_ready()) {
            let mut going = self.going.subscribe();
            let listed = going.wait_for(|all| all.values().all(|stage| *stage != Stage::Reading));
            tokio::select! {
                _ = tokio::time::timeout(LISTING_FIRST, listed) => {}
                () = deployed.readiness.wanted() => {}
            }
            turn = self.compiles.turn(deployed.readiness.wanted()).await;
        }
        let unfinished = entry.clone();
        let package = entry.deployed.as_ref().map(|it| it.origin.package);
        let finished = spawn_blocking(move || {
            // Held until the compiler is done, even if it is no longer awaited.
            let _turn = turn;
            loader.finish(&named, entry, &*on_load)
        });
        let entry = finished
            .await
            .unwrap_or_else(|error| unfinished.unusable(broke(&error.to_string())));
        if entry.deployed.is_none() {
            let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
            broken.extend(package);
        }
        entry
    }

    fn is_at(&self, stage: Stage) {
        self.going.send_modify(|all| {
            // A cancelled one is not on the list.
            if let Some(place) = all.get_mut(&self.number) {
                *place = stage;
            }
        });
    }
}

async fn read(path: PathBuf) -> Result<luminarys_package::Package, Unusable> {
    let shown = path.display().to_string();
    let reading = spawn_blocking(move || files::read_package(&path));
    let failed = |reason: String| Unusable::Broken(format!("the package {shown} {reason}"));
    match tokio::time::timeout(READING, reading).await {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => Err(failed(format!("cannot be read: {error}"))),
        Err(_) => Err(failed(format!(
            "does not answer within {} s",
            READING.as_secs()
        ))),
    }
}

fn broken(named: &Named, reason: &str) -> Entry {
    Entry::failed(named.report(), broke(reason), named.seen.clone())
}

fn broke(reason: &str) -> String {
    format!("loading it broke the host's loader: {reason}")
}

#[cfg(test)]
#[path = "loading_tests.rs"]
mod tests;
