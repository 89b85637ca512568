//! Calls of methods that are declared read-only or closed-world: what the manifest grants is narrowed while such a call is
//! served, and by each operation, so that nothing which an earlier call of the same instance left open gets around it.
//!
//! What a path is allowed is decided by the files of [`luminarys_filesystem::Views::of`]; every other operation that changes or reaches something
//! asks [`Environment::may`] first; streams ask their [`Gate`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use luminarys_audit::CallAudit;
use luminarys_grants::{Denial, Effect, Narrowing};
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError};

use super::{Environment, SkillShared};
use crate::bindings::luminarys::skill::types::Error;

/// What a narrowed call is asked about: a capability, as denials name it, and an effect.
pub(crate) type CapabilityEffect = (&'static str, Effect);

/// Decides whether a narrowed call may do to `target` what has this effect.
///
/// # Errors
/// [`Denial`] that names the hint.
pub(crate) fn decide(
    narrowing: Narrowing,
    (capability, effect): CapabilityEffect,
    target: &str,
) -> Result<(), Denial> {
    // The usual case.
    if !narrowing.is_any() {
        return Ok(());
    }
    narrowing.decide(effect, capability, target)
}

impl Environment {
    /// Decides whether the call may do to `target` what has this effect. Asked before anything else.
    ///
    /// # Errors
    /// `denied`, naming the hint.
    pub(crate) fn may(&mut self, effect: CapabilityEffect, target: &str) -> Result<(), Error> {
        let decided = decide(self.call.narrowing, effect, target);
        decided.map_err(|denial| self.denied(denial))
    }

    /// Decides as [`Environment::may`] about content that the host takes from a stream of WASI 0.3 for as long as the guest
    /// has more.
    pub(crate) fn may_feed(&mut self, effect: CapabilityEffect, target: &str) -> bool {
        let may = self.may(effect, target).is_ok();
        self.feeds |= may;
        may
    }

    /// The gate of what this instance writes to, made with the first that needs it.
    pub(crate) fn gate(&mut self) -> Gate {
        if let Some(gate) = &self.gate {
            return gate.clone();
        }
        let gate = Gate::default();
        self.gate = Some(gate.clone());
        self.set_gate();
        gate
    }

    /// Has the gate decide for the call that is served now.
    pub(crate) fn set_gate(&mut self) {
        let Some(gate) = self.gate.clone() else {
            return;
        };
        let narrowing = self.call.narrowing;
        let closed = narrowing.is_any().then(|| Closed {
            narrowing,
            shared: self.shared.clone(),
            audit: self.audit(),
        });
        let mut state = gate.lock();
        state.era += u64::from(closed.is_some());
        state.closed = closed;
    }

    /// Has each write to the stream `output` ask the gate.
    pub(crate) fn guard_output(
        &mut self,
        output: &Resource<DynOutputStream>,
        effect: CapabilityEffect,
        target: &str,
    ) -> wasmtime::Result<()> {
        let gate = self.gate();
        let stream = self.table.get_mut(output)?;
        let nothing: DynOutputStream = Box::new(wasmtime_wasi::p2::pipe::ClosedOutputStream);
        *stream = Box::new(Guarded {
            inner: std::mem::replace(stream, nothing),
            gate,
            effect,
            target: target.to_owned(),
        });
        Ok(())
    }
}

/// Decides over writes to what is open, for the call that is served at that moment. Clones decide the same.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Another number from each narrowed call on.
    era: u64,
    /// What the call may not do, if it is narrowed.
    closed: Option<Closed>,
}

struct Closed {
    narrowing: Narrowing,
    shared: Arc<SkillShared>,
    audit: Arc<CallAudit>,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the era. What was begun in another one must not be gone on with: a narrowed call has begun since.
    pub fn era(&self) -> u64 {
        self.lock().era
    }

    /// Decides, and writes a denial down.
    fn decide(&self, effect: CapabilityEffect, target: &str) -> Result<(), Denial> {
        let state = self.lock();
        let Some(closed) = &state.closed else {
            return Ok(());
        };
        let decided = decide(closed.narrowing, effect, target);
        decided.inspect_err(|denial| closed.shared.note_denial(&closed.audit, denial))
    }
}

/// A stream of WASI 0.2, whose writes are checked one by one.
struct Guarded {
    inner: DynOutputStream,
    gate: Gate,
    effect: CapabilityEffect,
    target: String,
}

impl Guarded {
    fn decide(&self) -> Result<(), StreamError> {
        let decided = self.gate.decide(self.effect, &self.target);
        decided.map_err(|denial| {
            let denied = std::io::Error::new(std::io::ErrorKind::PermissionDenied, denial);
            StreamError::LastOperationFailed(denied.into())
        })
    }
}

#[async_trait]
impl Pollable for Guarded {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait]
impl OutputStream for Guarded {
    fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        self.decide()?;
        self.inner.write(bytes)
    }

    // What was written before reaches its place.
    fn flush(&mut self) -> Result<(), StreamError> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.inner.check_write()
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}
