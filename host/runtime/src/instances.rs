//! Instances of one skill: created or reused according to its isolation mode, stopped on cancellation or at a limit.
//!
//! - `live`: an instance and its functions
//! - `sessions`: instances kept for sessions; `kept`: shared between calls, ended when idle
//! - `prepare`: instances prepared before the call that needs them; `ahead`: the place of one

mod ahead;
mod kept;
mod live;
mod prepare;
mod sessions;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use ahead::Ahead;
use kept::{Calling, Kept};
pub(crate) use live::Live;
use luminarys_accounts::Holder;
use luminarys_grants::Isolation;
use prepare::Waiting;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{ComponentExportIndex, InstancePre};
use wasmtime::{Engine, Store, Trap};

use crate::CallError;
use crate::background::Background;
use crate::call::CallContext;
use crate::capabilities::Capabilities;
use crate::capabilities::context::Aborted;
use crate::compiler::STACK;
use crate::environment::{Call, MAX_RESOURCES, SkillShared};
use crate::fuel::moved_too_much;
use crate::method::Method;
use crate::store::{SkillStore, on_epoch};
use crate::turns::{Turn, Turns, Waiter};

/// The error of a narrowed call that cannot start on an instance.
const FED: &str = "an earlier call of the same instance left a stream open that the host writes to a file or a connection; \
                   a method that is declared read-only or closed-world runs once that stream is closed";

/// The slot of an instance that is kept between calls.
struct Slot {
    turns: Turns,
    live: Mutex<Option<Live>>,
}

impl Slot {
    fn new(shared: &SkillShared) -> Self {
        Self {
            turns: Turns::new(&shared.board, &shared.id, 1),
            live: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The instances of one skill.
pub(crate) struct Instances {
    engine: Engine,
    /// Set when the code is compiled.
    pre: OnceLock<InstancePre<SkillStore>>,
    shared: Arc<SkillShared>,
    capabilities: Arc<Capabilities>,
    running: Turns,
    /// The instance of isolation `skill`.
    only: Arc<Slot>,
    kept: Kept<Slot>,
    /// The export through which instances are prepared, if there is one.
    prepare: OnceLock<ComponentExportIndex>,
    /// The instance of the next call that needs one.
    ahead: Ahead<Waiting>,
    /// The number of calls that needed one.
    needed: AtomicU64,
    /// Cancelled when the skill's grants are revoked.
    ended: CancellationToken,
    background: Arc<Background>,
}

impl Instances {
    pub fn new(
        engine: &Engine,
        shared: Arc<SkillShared>,
        capabilities: Arc<Capabilities>,
        background: Arc<Background>,
    ) -> Self {
        let places = shared.limits.max_concurrent_calls;
        let kept = Kept::new(shared.limits.max_sessions, shared.limits.session_idle);
        Self {
            engine: engine.clone(),
            pre: OnceLock::new(),
            running: Turns::new(&shared.board, &shared.id, places),
            only: Arc::new(Slot::new(&shared)),
            shared,
            capabilities,
            kept,
            prepare: OnceLock::new(),
            ahead: Ahead::new(),
            needed: AtomicU64::new(0),
            ended: CancellationToken::new(),
            background,
        }
    }

    /// Sets the linked code of instances, and the export through which they are prepared, unless already set.
    ///
    /// # Errors
    /// The errors of `link`.
    pub fn link(
        &self,
        prepare: Option<&ComponentExportIndex>,
        link: impl FnOnce() -> wasmtime::Result<InstancePre<SkillStore>>,
    ) -> wasmtime::Result<()> {
        if self.pre.get().is_none() {
            // If two threads race, either result is fine.
            let _ = self.pre.set(link()?);
            if let Some(prepare) = prepare {
                let _ = self.prepare.set(*prepare);
            }
        }
        Ok(())
    }

    /// Drops the instance that waits for a call, and the one that is being prepared. None is prepared any more.
    pub fn end(&self) {
        self.ended.cancel();
        drop(self.ahead.close());
    }

    /// Runs `work` on an instance for this call, within all limits. An instance whose call trapped or was abandoned is
    /// dropped.
    pub async fn run<T>(
        self: &Arc<Self>,
        method: &Method,
        context: CallContext,
        work: impl AsyncFnOnce(&mut Live) -> wasmtime::Result<T>,
    ) -> Result<Ran<T>, CallError> {
        let limits = &self.shared.limits;
        let timeout = context
            .timeout
            .map_or(limits.timeout, |asked| asked.min(limits.timeout));
        let now = Instant::now();
        // A timeout that overflows is unlimited.
        let deadline = now
            .checked_add(timeout)
            .unwrap_or_else(|| now + std::time::Duration::from_secs(86_400 * 365));
        let cancel = context.cancel.clone();
        let (slot, _calling) = self.slot(&context);
        let waiter = Waiter {
            call: context.id,
            parent: context.parent,
            party: context.party(),
        };
        let narrowing = method.narrowing.and(context.narrowing);
        let named = (method.name.as_str(), narrowing);
        let call = Call::new(context, named, deadline, &self.shared);
        let run = async {
            // The instance first: a call that waits for it does not occupy a turn.
            let kept = match &slot {
                None => None,
                Some(slot) => Some((slot, slot.turns.take(&waiter).await?)),
            };
            let _running = self.running.take(&waiter).await?;
            match kept {
                None => self.call_once(call, work).await,
                Some((slot, turn)) => self.call_kept(slot, turn, call, work).await,
            }
        };
        if cancel.is_cancelled() {
            return Err(CallError::Cancelled);
        }
        tokio::select! {
            biased;
            // Polled first, so that a call that never awaits does not pay for the others. A computing call yields at
            // each epoch, and then they are polled.
            result = run => result,
            () = cancel.cancelled() => Err(CallError::Cancelled),
            // Created only when polled.
            () = async { tokio::time::sleep_until(deadline.into()).await } => Err(CallError::Limit {
                limit: "timeout_ms",
                detail: format!("{} ms", timeout.as_millis()),
            }),
        }
    }

    async fn call_kept<T>(
        self: &Arc<Self>,
        slot: &Slot,
        turn: Turn,
        call: Call,
        work: impl AsyncFnOnce(&mut Live) -> wasmtime::Result<T>,
    ) -> Result<Ran<T>, CallError> {
        let mut kept = slot.lock().take();
        let is_new = kept.is_none();
        if is_new {
            self.needed.fetch_add(1, Ordering::Relaxed);
        }
        let ran = self.call_on(&mut kept, call, work).await;
        *slot.lock() = kept;
        drop(turn);
        if is_new {
            self.prepare_next(None);
        }
        ran
    }

    /// Runs a call on an instance of its own.
    async fn call_once<T>(
        self: &Arc<Self>,
        call: Call,
        work: impl AsyncFnOnce(&mut Live) -> wasmtime::Result<T>,
    ) -> Result<Ran<T>, CallError> {
        let mut used = None;
        self.needed.fetch_add(1, Ordering::Relaxed);
        let ran = self.call_on(&mut used, call, work).await;
        self.prepare_next(used);
        ran
    }

    async fn call_on<T>(
        &self,
        kept: &mut Option<Live>,
        call: Call,
        work: impl AsyncFnOnce(&mut Live) -> wasmtime::Result<T>,
    ) -> Result<Ran<T>, CallError> {
        let memory = &self.shared.accounts.memory;
        let spares = &self.shared.spares;
        let _stack = spares.or_without(|| memory.charge(Holder::Instances, STACK as u64))?;
        let computed = call.computed.clone();
        let ready = match kept.take() {
            Some(live) => Some(live),
            None => self.ahead.take().map(Waiting::into_live),
        };
        let mut live = match ready {
            Some(mut live) => {
                if call.narrowing.is_any() && live.feeds() {
                    let method = call.method.clone();
                    *kept = Some(live);
                    return Err(CallError::Unavailable {
                        method,
                        reason: FED.to_owned(),
                    });
                }
                live.store.data_mut().begin(call);
                live.store.set_hostcall_fuel(self.host_bytes());
                live
            }
            None => computed.measure(self.instantiate(call)).await?,
        };
        // Until the call has succeeded, only this future owns the instance: cancelling the call drops it.
        let result = computed.measure(work(&mut live)).await;
        let data = live.store.data_mut();
        match result {
            Ok(value) => {
                data.environment.call.release_caller();
                let ran = Ran {
                    value,
                    text: std::mem::take(&mut data.environment.call.text),
                    denial: data.environment.call.denial.take(),
                };
                if !data.environment.call.retired {
                    *kept = Some(live);
                }
                Ok(ran)
            }
            Err(error) => match error.downcast::<Aborted>() {
                Ok(Aborted(message)) => Err(CallError::of_skill(
                    &message,
                    data.environment.call.denial.take(),
                )),
                Err(error) => Err(explain(data, error)),
            },
        }
    }

    async fn instantiate(&self, call: Call) -> Result<Live, CallError> {
        let unlinked = || CallError::Host("the code is not linked".to_owned());
        let pre = self.pre.get().ok_or_else(unlinked)?;
        self.make_room();
        let mut store = Store::new(
            &self.engine,
            SkillStore::new(self.shared.clone(), self.capabilities.clone(), call),
        );
        store.limiter(|data| data);
        store.epoch_deadline_callback(on_epoch);
        store.set_epoch_deadline(1);
        store.set_hostcall_fuel(self.host_bytes());
        store.set_max_component_handles(MAX_RESOURCES);
        match pre.instantiate_async(&mut store).await {
            Ok(instance) => Ok(Live {
                store,
                instance,
                functions: Vec::new(),
                invoke: None,
            }),
            Err(error) => Err(explain(store.data_mut(), error)),
        }
    }

    fn host_bytes(&self) -> usize {
        usize::try_from(self.shared.limits.max_host_bytes).unwrap_or(usize::MAX)
    }

    /// Ends instances of idle sessions, those of the client with the most first, until the skill has room for one more
    /// instance.
    fn make_room(&self) {
        if self.shared.limits.isolation != Isolation::Session {
            return;
        }
        let memory = &self.shared.accounts.memory;
        let one = self.shared.limits.memory as u64;
        while memory.limit().saturating_sub(memory.used()) < one
            && let Some(idle) = self.kept.lock().end_idle(None)
        {
            // Drops the store outside of the lock.
            drop(idle);
        }
    }

    /// Drops the instance kept for a session.
    pub fn session_ended(&self, session: &str) {
        let ended = self.kept.lock().remove(session);
        // Drops the store outside of the lock.
        drop(ended);
    }

    /// Returns the slot of a kept instance, or `None` if each call has its own instance, and the call of a session, which
    /// ends when that is dropped.
    fn slot(&self, context: &CallContext) -> (Option<Arc<Slot>>, Option<Calling<Slot>>) {
        match self.shared.limits.isolation.kept_for(&context.session_id) {
            Isolation::Call => (None, None),
            Isolation::Skill => (Some(self.only.clone()), None),
            Isolation::Session => {
                let client = context.client.clone().unwrap_or_default();
                let make = || Slot::new(&self.shared);
                let (slot, calling) = self.kept.of(&context.session_id, &client, make);
                (Some(slot), Some(calling))
            }
        }
    }
}

/// A call's value and its by-products.
pub(crate) struct Ran<T> {
    pub value: T,
    pub text: String,
    pub denial: Option<luminarys_grants::Denial>,
}

/// Distinguishes a limit from a crash. A crash includes the tail of standard error, where language runtimes report an
/// uncaught exception or a panic.
fn explain(data: &mut SkillStore, error: wasmtime::Error) -> CallError {
    tracing::debug!(skill = %data.environment.shared.id, "call failed: {error:?}");
    if let Some((limit, detail)) = data.limit_hit.take() {
        return CallError::Limit { limit, detail };
    }
    if let Some(exhausted) = data.exhausted.take() {
        return exhausted.into();
    }
    let crash = |reason: String| match data.environment.error_tail.take() {
        error_tail if error_tail.is_empty() => CallError::Trap(reason),
        error_tail => CallError::Trap(format!(
            "{reason}; on its standard error it wrote:\n{error_tail}"
        )),
    };
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return crash(format!("it called exit({})", exit.0));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => crash("call stack exhausted".to_owned()),
        Some(trap) => crash(trap.to_string()),
        None if moved_too_much(&error) => CallError::Limit {
            limit: "max_host_bytes",
            detail: "too much passed between skill and host in one call".to_owned(),
        },
        None if error.is::<wasmtime::PoolConcurrencyLimitError>() => {
            CallError::Host(format!("too many live instances: {error:#}"))
        }
        None => crash(format!("{:#}", error.root_cause())),
    }
}
