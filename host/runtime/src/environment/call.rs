//! The call that a store serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use luminarys_accounts::{Account, Answer, Charge, Holder};
use luminarys_audit::CallAudit;
use luminarys_grants::{Denial, Narrowing};

use super::SkillShared;
use super::inner_calls::InnerCalls;
use crate::call::CallContext;
use crate::cpu::CpuMeter;

/// The call being served, or the last one.
pub(crate) struct Call {
    pub context: CallContext,
    pub method: String,
    /// The narrowing of the skill's grants for this call.
    pub narrowing: Narrowing,
    pub deadline: Instant,
    /// The account of everything that the host holds for it.
    pub account: Account,
    /// The last answer of a capability: charged until the next replaces it.
    pub(super) answer: Option<Answer>,
    /// Charges of the last answers of other skills.
    pub(super) answers: Vec<Charge>,
    /// The charge of the name lists that WASI reads in one piece, until the call ends.
    pub listings: Charge,
    pub text: String,
    pub denial: Option<Denial>,
    /// Created when work moves to another thread.
    abandoned: Option<Arc<AtomicBool>>,
    /// Created with the first decision.
    pub(super) audit: Option<Arc<CallAudit>>,
    pub last_progress: Option<Instant>,
    /// The calls of other skills that it makes.
    pub inner: Arc<InnerCalls>,
    /// Whether the instance ends with this call.
    pub retired: bool,
    pub computed: CpuMeter,
    /// The maximum CPU time.
    pub max_computed: Duration,
}

impl Call {
    pub fn new(
        context: CallContext,
        (method, narrowing): (&str, Narrowing),
        deadline: Instant,
        shared: &SkillShared,
    ) -> Self {
        let limits = &shared.limits;
        let held = &shared.accounts.held;
        let account = held.part("its runtime.max_host_bytes", limits.max_host_bytes);
        Self {
            listings: account.open(Holder::Buffers),
            account,
            inner: Arc::new(InnerCalls::new(shared.grants.invoke.limits(), &context)),
            context,
            method: method.to_owned(),
            narrowing,
            deadline,
            answer: None,
            answers: Vec::new(),
            text: String::new(),
            denial: None,
            abandoned: None,
            audit: None,
            last_progress: None,
            retired: false,
            computed: CpuMeter::default(),
            max_computed: limits.cpu_timeout,
        }
    }
}

impl Call {
    /// Returns the flag that is set when the call is abandoned. For work on other threads, which may outlive the call
    /// briefly.
    pub fn abandoned(&mut self) -> Arc<AtomicBool> {
        self.abandoned.get_or_insert_default().clone()
    }

    /// Drops the receiver of the call's progress, which a kept instance must not hold.
    pub fn release_caller(&mut self) {
        self.context.progress = None;
        self.inner = Arc::default();
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(abandoned) = &self.abandoned {
            abandoned.store(true, Ordering::Relaxed);
        }
    }
}
