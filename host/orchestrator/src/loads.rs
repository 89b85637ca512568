//! Which packages are being loaded, and how far each is.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::compile_queue::CompileQueue;
use crate::deployed::Origin;
use crate::files::Seen;
use crate::load::{Loader, Named};
use crate::{PackageRecords, Settings};

/// The progress of loading a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is being pulled from a registry.
    Registry,
    /// It is being read and checked.
    Reading,
    /// It is being compiled; its tools are listed, unless an older version serves calls until then.
    Compiling,
}

/// Everything that loading depends on: a load in progress continues while this is the same.
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
    /// The progress by number.
    going: Arc<watch::Sender<BTreeMap<u64, Stage>>>,
    /// Permits for reading and checking, one per processor.
    turns: Arc<Semaphore>,
    /// The queue for compilers, one per processor.
    compiles: CompileQueue,
    broken: Broken,
}

/// The hashes of packages with invalid code. Their tools are not listed again before they are compiled:
/// each reload tries them again.
pub(crate) type Broken = Arc<Mutex<HashSet<[u8; 32]>>>;

impl Default for Loads {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |number| number.get());
        Self {
            next: 0,
            going: Arc::default(),
            turns: Arc::new(Semaphore::new(processors)),
            compiles: CompileQueue::new(processors),
            broken: Broken::default(),
        }
    }
}

impl Loads {
    /// Registers a package to be loaded, and returns the job that loads it.
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
            compiles: self.compiles.clone(),
            broken: self.broken.clone(),
        };
        self.going
            .send_modify(|all| _ = all.insert(self.next, Stage::Reading));
        let load = Load {
            number: self.next,
            inputs,
            _going: going,
            _cancel: cancel.drop_guard(),
        };
        (load, job)
    }

    /// Blocks compilation until the turns are dropped.
    #[cfg(test)]
    pub async fn hold_compiles(&self) -> Vec<crate::compile_queue::Turn> {
        let all = std::thread::available_parallelism().map_or(1, |number| number.get());
        let turns = (0..all).map(|_| self.compiles.turn(std::future::pending()));
        let mut turns = futures::future::join_all(turns).await;
        let spare = self.compiles.turn(std::future::ready(())).await;
        turns.insert(0, spare);
        turns.into_iter().flatten().collect()
    }

    /// Blocks reading until the guards are dropped.
    #[cfg(test)]
    pub async fn hold(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        let all = u32::try_from(self.turns.available_permits()).ok()?;
        self.turns.clone().acquire_many_owned(all).await.ok()
    }

    /// Returns a receiver of the progress by number.
    pub fn watch(&self) -> watch::Receiver<BTreeMap<u64, Stage>> {
        self.going.subscribe()
    }
}

/// A package that is being loaded. Dropping it cancels that.
pub(crate) struct Load {
    pub number: u64,
    pub inputs: Inputs,
    _going: Going,
    _cancel: DropGuard,
}

/// Removes itself from the list when dropped.
struct Going {
    number: u64,
    all: Arc<watch::Sender<BTreeMap<u64, Stage>>>,
}

impl Drop for Going {
    fn drop(&mut self) {
        self.all.send_modify(|all| _ = all.remove(&self.number));
    }
}

/// The work of loading one package.
pub(crate) struct Job {
    pub number: u64,
    pub cancel: CancellationToken,
    pub going: Arc<watch::Sender<BTreeMap<u64, Stage>>>,
    pub turns: Arc<Semaphore>,
    pub compiles: CompileQueue,
    pub broken: Broken,
}
