//! Instances that are made and prepared before the call that needs them, for skills that export
//! `luminarys:skill/prepared`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use luminarys_accounts::Holder;
use luminarys_grants::{Isolation, Narrowing};
use tokio_util::task::AbortOnDropHandle;
use wasmtime::component::ComponentExportIndex;

use super::ahead::Making;
use super::{Instances, Live, explain};
use crate::CallError;
use crate::call::CallContext;
use crate::compiler::STACK;
use crate::environment::{Call, InnerCalls};
use crate::spares::Spare;

/// The maximum CPU time of `prepare`.
const CPU: Duration = Duration::from_secs(1);
/// The maximum wall-clock time of `prepare`.
const TIME: Duration = Duration::from_secs(60);
/// The time without a new call after which the next instance is prepared: it would delay calls that follow each other more
/// than it helps them.
const QUIET: Duration = Duration::from_millis(3);
/// The time after which an instance that no call needed is dropped.
const IDLE: Duration = Duration::from_secs(600);
/// The interval at which it is checked whether a waiting instance is in the way of others.
const CHECK: Duration = Duration::from_secs(1);

/// The name of the export in logs and denials.
const PREPARE: &str = "prepare";

/// `prepare` has no caller, and no other call may notice that it ran.
const NARROWING: Narrowing = Narrowing {
    read_only: true,
    closed_world: true,
};

impl Instances {
    /// Makes the next instance in the background, if the skill wants that and there is room. Drops the one that a call has
    /// used, there too if nothing but its memory is to be freed, which takes long enough for the call's client to notice.
    pub(super) fn prepare_next(self: &Arc<Self>, used: Option<Live>) {
        let Some(index) = self.prepare.get() else {
            return;
        };
        if self.shared.limits.isolation == Isolation::Skill || !self.has_room_for(2) {
            return;
        }
        if let Some(making) = self.ahead.make() {
            let used = used.filter(Live::holds_nothing);
            let prepare = prepare(Arc::downgrade(self), *index, making, used);
            self.background.spawn(prepare);
        }
    }

    /// Returns whether that many more instances may take all the memory that they are allowed.
    fn has_room_for(&self, instances: u64) -> bool {
        let one = self.shared.limits.memory as u64;
        self.shared.accounts.memory.room() >= one.saturating_mul(instances)
    }

    /// Makes an instance and prepares it.
    ///
    /// # Errors
    /// [`Failed`], which says whether another try is worth it.
    async fn prepared(&self, index: &ComponentExportIndex) -> Result<Live, Failed> {
        let memory = &self.shared.accounts.memory;
        let charged = memory.charge(Holder::Instances, STACK as u64);
        let _stack = charged.map_err(|_| Failed::Now)?;
        let mut context = CallContext::new("");
        context.cancel = self.ended.clone();
        let deadline = Instant::now() + TIME;
        let mut call = Call::new(context, (PREPARE, NARROWING), deadline, &self.shared);
        call.max_computed = call.max_computed.min(CPU);
        call.inner = Arc::new(InnerCalls::closed());
        let computed = call.computed.clone();
        let run = async {
            let mut live = self.instantiate(call).await?;
            let prepare = live
                .instance
                .get_typed_func::<(), ()>(&mut live.store, index);
            let ran = match prepare {
                Ok(prepare) => prepare.call_async(&mut live.store, ()).await,
                Err(error) => Err(error),
            };
            match ran {
                Ok(()) => Ok(live),
                Err(error) => Err(explain(live.store.data_mut(), error)),
            }
        };
        let live = tokio::select! {
            biased;
            () = self.ended.cancelled() => return Err(Failed::Now),
            made = tokio::time::timeout(TIME, computed.measure(run)) => match made {
                Ok(made) => made?,
                // The machine may have stood still.
                Err(_) => return Err(Failed::Now),
            },
        };
        let data = live.store.data();
        if data.environment.call.retired {
            return Err(Failed::Now);
        }
        let (open, granted) = (
            data.wasi.open_descriptors(),
            self.shared.grants.filesystem.entries().len(),
        );
        if open > granted {
            let files = open - granted;
            return Err(Failed::Always(format!("it leaves {files} files open")));
        }
        Ok(live)
    }
}

impl Spare for Instances {
    fn give_up(&self) -> bool {
        self.ahead.take().is_some()
    }
}

/// Why there is no prepared instance.
enum Failed {
    /// The next may succeed.
    Now,
    /// None will, for this reason.
    Always(String),
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Exhausted(_) | CallError::Cancelled => Self::Now,
            // The manifest's limit is not the one to raise.
            CallError::Limit { limit: _, detail } => Self::Always(format!("it exceeds {detail}")),
            error => Self::Always(error.to_string()),
        }
    }
}

/// Makes an instance, and has it dropped when it waits too long or is in the way.
async fn prepare(
    instances: Weak<Instances>,
    index: ComponentExportIndex,
    making: Making<Waiting>,
    used: Option<Live>,
) {
    drop(used);
    let Some(own) = quiet(&instances).await else {
        return;
    };
    match own.prepared(&index).await {
        Ok(live) => {
            let watch = AbortOnDropHandle::new(tokio::spawn(watch(instances)));
            let waiting = Waiting {
                live: Box::new(live),
                since: Instant::now(),
                _watch: watch,
            };
            own.shared.spares.add(&own);
            drop(making.put(waiting));
        }
        Err(Failed::Now) => {}
        Err(Failed::Always(why)) => {
            if own.shared.admits_line() {
                let skill = &own.shared.id;
                tracing::warn!(
                    skill,
                    "its instances are not prepared ahead of calls: {PREPARE} failed: {why}"
                );
            }
            making.close();
        }
    }
}

/// Waits until no call has needed an instance for a while. Returns `None` if the skill ended.
async fn quiet(instances: &Weak<Instances>) -> Option<Arc<Instances>> {
    let mut seen = instances.upgrade()?.needed.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(QUIET).await;
        let own = instances.upgrade()?;
        let now = own.needed.load(Ordering::Relaxed);
        if now == seen {
            return Some(own);
        }
        seen = now;
    }
}

/// Drops the instance that waits once it has waited too long or is in the way. Aborted when a call takes that one.
async fn watch(instances: Weak<Instances>) {
    let made = Instant::now();
    loop {
        tokio::time::sleep(CHECK).await;
        let Some(own) = instances.upgrade() else {
            return;
        };
        if made.elapsed() >= IDLE || !own.has_room_for(1) {
            drop(own.ahead.take());
            return;
        }
    }
}

/// A prepared instance, and the task that watches it.
pub(super) struct Waiting {
    live: Box<Live>,
    since: Instant,
    _watch: AbortOnDropHandle<()>,
}

impl Waiting {
    /// Returns the instance, for which no time has passed while it waited.
    pub fn into_live(self) -> Live {
        self.live.store.data().wasi.skip(self.since.elapsed());
        *self.live
    }
}
