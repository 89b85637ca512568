//! Calls of methods that are declared read-only or closed-world: the manifest's grants are narrowed during such a call.
//! Every operation checks this, so that resources left open by an earlier call of the same instance cannot bypass it.
//!
//! Access to paths is decided by [`luminarys_filesystem::Views::of`]; every other operation that changes or reaches
//! something calls [`Environment::may`] first; streams consult their [`Gate`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use luminarys_audit::CallAudit;
use luminarys_grants::{Denial, Effect, Narrowing};
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError};

use super::{Environment, SkillShared};
use crate::bindings::luminarys::skill::types::Error;

/// A capability, as denials name it, and an effect.
pub(crate) type CapabilityEffect = (&'static str, Effect);

/// Decides whether a narrowed call may perform an operation with this effect on `target`.
///
/// # Errors
/// [`Denial`] that names the hint.
pub(crate) fn decide(
    narrowing: Narrowing,
    (capability, effect): CapabilityEffect,
    target: &str,
) -> Result<(), Denial> {
    // The common case.
    if !narrowing.is_any() {
        return Ok(());
    }
    narrowing.decide(effect, capability, target)
}

impl Environment {
    /// Decides whether the call may perform an operation with this effect on `target`. Called before anything else.
    ///
    /// # Errors
    /// `denied`, naming the hint.
    pub(crate) fn may(&mut self, effect: CapabilityEffect, target: &str) -> Result<(), Error> {
        let decided = decide(self.call.narrowing, effect, target);
        decided.map_err(|denial| self.denied(denial))
    }

    /// Decides as [`Environment::may`] does, for content that the host copies from a stream of WASI 0.3 until it ends.
    pub(crate) fn may_feed(&mut self, effect: CapabilityEffect, target: &str) -> bool {
        let may = self.may(effect, target).is_ok();
        self.feeds |= may;
        may
    }

    /// Returns the gate of this instance's writes, created on first use.
    pub(crate) fn gate(&mut self) -> Gate {
        if let Some(gate) = &self.gate {
            return gate.clone();
        }
        let gate = Gate::default();
        self.gate = Some(gate.clone());
        self.set_gate();
        gate
    }

    /// Sets the gate to decide for the current call.
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

    /// Wraps the stream `output` so that each write consults the gate.
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

/// Decides on writes to open resources, for the call that is current at the write. Clones share their state.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Changes with each narrowed call.
    era: u64,
    /// The current call's limits, if it is narrowed.
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

    /// Returns a pass for work that begins now. Take it before anything waits, since that may go on in a later call.
    pub fn pass(&self) -> Pass {
        Pass {
            era: self.lock().era,
            gate: self.clone(),
        }
    }

    /// Does to passes what a narrowed call does.
    #[cfg(test)]
    pub fn begin_era(&self) {
        self.lock().era += 1;
    }

    /// Decides for the current call, and records a denial.
    fn decide(&self, effect: CapabilityEffect, target: &str) -> Result<(), Denial> {
        let state = self.lock();
        let Some(closed) = &state.closed else {
            return Ok(());
        };
        let decided = decide(closed.narrowing, effect, target);
        decided.inspect_err(|denial| closed.shared.note_denial(&closed.audit, denial))
    }
}

/// Lets work go on until a narrowed call begins.
#[derive(Clone)]
pub(crate) struct Pass {
    gate: Gate,
    era: u64,
}

impl Pass {
    /// Returns whether no narrowed call has begun since.
    pub fn is_valid(&self) -> bool {
        self.gate.lock().era == self.era
    }
}

/// A stream of WASI 0.2 that checks every write.
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

    // Flushes earlier writes, which were allowed.
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
