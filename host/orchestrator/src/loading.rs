//! Loading packages, each by itself: fetched, checked and compiled, and put in service when it is ready.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::deployed::Origin;
use crate::entry::Entry;
use crate::files::{self, Seen, Unusable};
use crate::load::{Loader, Named};
use crate::reload::OnLoad;
use crate::source::Source;
use crate::{Orchestrator, PackageRecords, Settings};

/// How long a package may take to be read from a file: one on a place that hangs gives its turn to the next.
const READING: Duration = Duration::from_secs(30);

/// All that loading depends on: while it is the same, the work goes on.
#[derive(PartialEq)]
pub(crate) struct Inputs {
    origin: Origin,
    seen: Vec<Seen>,
    trust: luminarys_package::Trust,
    records: Option<PackageRecords>,
    plain_http: Vec<String>,
    pull_timeout: Duration,
}

impl Inputs {
    /// Collects what loading the package of `named` depends on.
    pub fn new(named: &Named, loader: &Loader, settings: &Settings) -> Self {
        Self {
            // Its package is not known yet.
            origin: named.origin([0; 32], loader.host),
            seen: named.seen.clone(),
            trust: settings.trust.clone(),
            records: settings.package_records.clone(),
            plain_http: settings.plain_http_registries.clone(),
            pull_timeout: settings.pull_timeout,
        }
    }
}

/// Packages that are being loaded.
pub(crate) struct Loads {
    next: u64,
    /// By number: whether its registry is still being waited for.
    going: Arc<watch::Sender<BTreeMap<u64, bool>>>,
    /// Compiles at once as many as there are processors.
    turns: Arc<Semaphore>,
}

impl Default for Loads {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |number| number.get());
        Self {
            next: 0,
            going: Arc::default(),
            turns: Arc::new(Semaphore::new(processors)),
        }
    }
}

impl Loads {
    /// Makes a place for a package that is to be loaded, and the work that loads it.
    pub fn add(&mut self, inputs: Inputs) -> (Load, Job) {
        self.next += 1;
        let cancel = CancellationToken::new();
        let going = Going {
            number: self.next,
            all: self.going.clone(),
        };
        let job = Job {
            number: self.next,
            cancel: cancel.clone(),
            going: self.going.clone(),
            turns: self.turns.clone(),
        };
        self.going
            .send_modify(|all| _ = all.insert(self.next, false));
        let load = Load {
            number: self.next,
            inputs,
            _going: going,
            _cancel: cancel.drop_guard(),
        };
        (load, job)
    }

    /// Lets nothing be compiled until the guards are dropped.
    #[cfg(test)]
    pub async fn hold(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        let all = u32::try_from(self.turns.available_permits()).ok()?;
        self.turns.clone().acquire_many_owned(all).await.ok()
    }

    /// Tells what goes on: by number, whether its registry is still being waited for.
    pub fn watch(&self) -> watch::Receiver<BTreeMap<u64, bool>> {
        self.going.subscribe()
    }
}

/// A package that is being loaded. Dropping it gives that up.
pub(crate) struct Load {
    pub number: u64,
    pub inputs: Inputs,
    _going: Going,
    _cancel: DropGuard,
}

/// Takes itself off the list.
struct Going {
    number: u64,
    all: Arc<watch::Sender<BTreeMap<u64, bool>>>,
}

impl Drop for Going {
    fn drop(&mut self) {
        self.all.send_modify(|all| _ = all.remove(&self.number));
    }
}

/// The work of loading one package.
pub(crate) struct Job {
    number: u64,
    cancel: CancellationToken,
    going: Arc<watch::Sender<BTreeMap<u64, bool>>>,
    turns: Arc<Semaphore>,
}

impl Job {
    /// Loads the package of `named`, and puts it in service. `previous` is what runs until then.
    pub fn run(
        self,
        orchestrator: &Orchestrator,
        loader: Arc<Loader>,
        named: Named,
        previous: Entry,
        on_load: Arc<OnLoad>,
    ) -> impl Future<Output = ()> + Send + use<> {
        // What is being loaded keeps no host alive.
        let host = Arc::downgrade(&orchestrator.0);
        async move {
            on_load(&named.path.display().to_string());
            let (path, number) = (named.path.clone(), self.number);
            let entry = tokio::select! {
                () = self.cancel.cancelled() => return,
                entry = self.load(loader, named, previous) => entry,
            };
            if let Some(host) = host.upgrade() {
                Orchestrator(host).loaded_one(&path, number, entry).await;
            }
        }
    }

    async fn load(&self, loader: Arc<Loader>, named: Named, previous: Entry) -> Entry {
        let named = Arc::new(named);
        // Closed by nobody, so that there always is a turn.
        let turn = async || self.turns.clone().acquire_owned().await.ok();
        let (package, turn) = match &named.source {
            // What comes from a registry takes no turn while it comes.
            Source::Registry(reference) => {
                self.waits_for_registry(true);
                let pulled = loader.packages.pull(reference).await;
                self.waits_for_registry(false);
                (pulled.map_err(Unusable::Broken), turn().await)
            }
            Source::File(path) => {
                let turn = turn().await;
                (read(path.clone()).await, turn)
            }
        };
        let report = named.clone();
        let deployed = spawn_blocking(move || {
            // Held until the compiler is done, also when nobody waits for it any more.
            let _turn = turn;
            loader.deploy(&named, package, Some(&previous))
        });
        deployed
            .await
            .unwrap_or_else(|error| broken(&report, &error.to_string()))
    }

    fn waits_for_registry(&self, waits: bool) {
        self.going.send_modify(|all| {
            // One that was given up is not on the list.
            if let Some(place) = all.get_mut(&self.number) {
                *place = waits;
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
    let problem = format!("loading it broke the host's loader: {reason}");
    Entry::failed(named.report(), problem, named.seen.clone())
}
