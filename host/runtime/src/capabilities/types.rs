//! `types`: errors on their way to the guest, denials noted for the host.

use luminarys_audit::CallAudit;
use luminarys_grants::Denial;

use crate::bindings::luminarys::skill::types;
use crate::store::{SkillShared, SkillStore};

impl types::Host for SkillStore {}

impl SkillShared {
    /// Writes a denial to the audit log and the log; one that repeats is only counted.
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

impl SkillStore {
    /// The error a guest gets for `denial`; the host keeps it to explain the call's outcome, and logs it.
    pub(crate) fn denied(&mut self, denial: Denial) -> types::Error {
        let audit = self.audit();
        self.shared.note_denial(&audit, &denial);
        self.call.denial = Some(denial.clone());
        types::Error::Denied(types::Denial {
            capability: denial.capability,
            target: denial.target,
            rule: denial.rule,
        })
    }
}
