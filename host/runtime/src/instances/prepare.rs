//! Instances that are made and prepared before the call that needs them, for skills that export
//! `luminarys:skill/prepared`.

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
use crate::environment::Call;

/// The maximum wall-clock time of `prepare`.
const TIME: Duration = Duration::from_secs(5);
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
    /// Makes the next instance in the background, if the skill wants that and there is room.
    pub(super) fn prepare_next(self: &Arc<Self>) {
        let Some(index) = self.prepare.get() else {
            return;
        };
        if self.shared.limits.isolation == Isolation::Skill || !self.has_room_for(2) {
            return;
        }
        if let Some(making) = self.ahead.make() {
            tokio::spawn(prepare(Arc::downgrade(self), *index, making));
        }
    }

    /// Returns whether that many more instances may take all the memory that they are allowed.
    fn has_room_for(&self, instances: u64) -> bool {
        let one = self.shared.limits.memory as u64;
        self.shared.accounts.memory.room() >= one.saturating_mul(instances)
    }

    async fn prepared(&self, index: &ComponentExportIndex) -> Result<Live, CallError> {
        let memory = &self.shared.accounts.memory;
        let _stack = memory.charge(Holder::Instances, STACK as u64)?;
        let context = CallContext::new("");
        let deadline = Instant::now() + TIME;
        let call = Call::new(context, (PREPARE, NARROWING), deadline, &self.shared);
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
        match tokio::time::timeout(TIME, computed.measure(run)).await {
            Ok(made) => made,
            Err(_) => Err(CallError::Limit {
                limit: "timeout_ms",
                detail: format!("{} ms", TIME.as_millis()),
            }),
        }
    }
}

/// Makes an instance, and has it dropped when it waits too long or is in the way.
async fn prepare(instances: Weak<Instances>, index: ComponentExportIndex, making: Making<Waiting>) {
    let Some(own) = instances.upgrade() else {
        return;
    };
    match own.prepared(&index).await {
        Ok(live) => {
            let watch = AbortOnDropHandle::new(tokio::spawn(watch(instances)));
            drop(making.put(Waiting {
                live: Box::new(live),
                _watch: watch,
            }));
        }
        // There is no room for it now.
        Err(CallError::Exhausted(_)) => {}
        Err(error) => {
            if own.shared.admits_line() {
                let skill = &own.shared.id;
                tracing::warn!(skill, "its instances are not prepared: {error}");
            }
            making.close();
        }
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
    pub live: Box<Live>,
    _watch: AbortOnDropHandle<()>,
}
