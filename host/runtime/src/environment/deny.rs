//! Reports decisions to the guest, the audit log and the operator.

use std::sync::Arc;

use luminarys_audit::CallAudit;
use luminarys_grants::Denial;
use luminarys_network::NetworkError;

use super::{Environment, SkillShared};
use crate::bindings::luminarys::skill::types;

impl SkillShared {
    /// Writes a denial to the audit log and the log; repeated denials are only counted.
    pub(crate) fn note_denial(&self, audit: &CallAudit, denial: &Denial) {
        if audit.denied(denial) && self.log_rate.admit_line(&self.id) {
            tracing::info!(
                target: "luminarys::denied",
                skill = %self.id,
                client = %audit.client(),
                session = %audit.session,
                capability = %denial.capability,
                asked = %denial.target,
                rule = %denial.rule,
                "denied"
            );
        }
    }
}

impl Environment {
    /// Returns the audit log of this call.
    pub fn audit(&mut self) -> Arc<CallAudit> {
        let (call, shared) = (&mut self.call, &self.shared);
        let audit = call.audit.get_or_insert_with(|| {
            let context = &call.context;
            Arc::new(context.audit(&shared.audit, &shared.id, &call.method))
        });
        audit.clone()
    }

    /// Returns the error for the guest, logs `denial`, and keeps it to explain the call's outcome.
    pub fn denied(&mut self, denial: Denial) -> types::Error {
        let audit = self.audit();
        self.shared.note_denial(&audit, &denial);
        self.call.denial = Some(denial.clone());
        types::Error::Denied(types::Denial {
            capability: denial.capability,
            target: denial.target,
            suggestion: denial.rule,
        })
    }

    /// Returns the guest's error for a failed connection, and records a denial.
    pub fn network_failed(&mut self, error: NetworkError) -> types::Error {
        use types::Error;
        let text = error.to_string();
        match error {
            NetworkError::Denied(denial) => self.denied(denial),
            NetworkError::Invalid(_) => Error::Invalid(text),
            NetworkError::NotFound(_) => Error::NotFound(text),
            NetworkError::Timeout(_) => Error::Timeout(text),
            NetworkError::TooLarge(_) => Error::TooLarge(text),
            NetworkError::LimitExceeded(_) => Error::LimitExceeded(text),
            NetworkError::Closed(_) => Error::Closed(text),
            NetworkError::Tls(_) | NetworkError::Io(_) => Error::Io(text),
        }
    }
}
