//! Calls of other skills: their context, and their interfaces that a component imports.

use std::time::Instant;

use luminarys_accounts::Holder;
use luminarys_audit::CallAudit;

use crate::CallContext;
use crate::environment::Environment;
use crate::peers::{PeerError, Values};
use crate::values::values_memory;

/// Maximum number of skills in one chain of calls.
const MAX_CHAIN: usize = 16;

impl Environment {
    /// Returns the context of a call that this one makes.
    pub(super) fn inner_context(
        &self,
        target: &str,
        method: &str,
    ) -> Result<CallContext, PeerError> {
        let outer = &self.call.context;
        let mut chain = outer.chain.clone();
        chain.push(self.shared.id.as_str().into());
        let shown = || chain.join(" → ");
        if chain.iter().any(|skill| **skill == *target) {
            let text = format!("{target} is being called already: {} → {target}", shown());
            return Err(PeerError::Invalid(text));
        }
        if chain.len() >= MAX_CHAIN {
            let text = format!("a chain of more than {MAX_CHAIN} calls: {}", shown());
            return Err(PeerError::Invalid(text));
        }
        let mut context = CallContext::new(outer.session_id.clone());
        context.trace_id = outer.trace_id.clone();
        context.timeout = Some(self.call.deadline.saturating_duration_since(Instant::now()));
        context.cancel = outer.cancel.child_token();
        context.chain = chain;
        context.parent = Some(outer.id);
        context.parent_request = Some(outer.request_id.clone());
        context.progress = self.call.inner.part(target, method);
        context.client.clone_from(&outer.client);
        context.depth = outer.depth;
        context.narrowing = self.call.narrowing;
        context.model.clone_from(&outer.model);
        Ok(context)
    }

    /// Calls a function of an interface that another skill provides.
    ///
    /// # Errors
    /// The failure of the call, which traps the skill: the function's type has no error.
    pub(crate) async fn call_import(
        &mut self,
        interface: &str,
        function: &str,
        values: Values,
    ) -> Result<Values, String> {
        // This skill's call holds both the arguments and the results.
        let (account, inner) = (&self.call.account, self.call.inner.clone());
        let size = values_memory(&values);
        let mut held = account
            .charge(Holder::Arguments, size)
            .map_err(|exhausted| format!("{interface}#{function}: {exhausted}"))?;
        let counted = inner.begin().and_then(|()| inner.carry(size));
        counted.map_err(|error| format!("{interface}#{function}: {error}"))?;
        let audit = self.audit();
        let called = match self.prepare_import(interface, function, values, &audit) {
            Ok(call) => call.await,
            Err(error) => Err(error),
        };
        if let Ok(results) = &called {
            let size = values_memory(results);
            held.resize(size)
                .map_err(|exhausted| format!("{interface}#{function}: {exhausted}"))?;
            inner
                .carry(size)
                .map_err(|error| format!("{interface}#{function}: {error}"))?;
        }
        called.map_err(|error| {
            let text = format!("{interface}#{function}: {error}");
            // Records a denial.
            self.peer_error(error);
            text
        })
    }

    fn prepare_import(
        &self,
        interface: &str,
        function: &str,
        values: Values,
        audit: &CallAudit,
    ) -> Result<impl Future<Output = Result<Values, PeerError>> + Send + use<>, PeerError> {
        let peers = self.peers()?;
        let caller = &self.shared.id;
        let provider = peers.provider(caller, interface)?;
        let context = self.inner_context(&provider, function)?;
        let narrowing = context.narrowing;
        peers.may_call_import(caller, &provider, interface, function, narrowing)?;
        note(audit, &format!("{interface}#{function}"))?;
        let target = (interface.to_owned(), function.to_owned());
        Ok(peers.call_import(caller, provider, target, values, context))
    }
}

/// Records that both policies allow a call, before it is made.
///
/// # Errors
/// [`PeerError::Denied`] when it must be recorded and cannot be.
pub(super) fn note(audit: &CallAudit, target: &str) -> Result<(), PeerError> {
    let noted = audit.allowed("skills", target, "invoke_policy.can_invoke");
    noted.map_err(PeerError::Denied)
}
