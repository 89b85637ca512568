//! `types`: errors on their way to the guest, denials noted for the host.

use luminarys_grants::Denial;

use crate::bindings::luminarys::skill::types;
use crate::store::SkillStore;

impl types::Host for SkillStore {}

impl SkillStore {
    /// The error a guest gets for `denial`; the host keeps it to explain the call's outcome, and logs it.
    pub(crate) fn denied(&mut self, denial: Denial) -> types::Error {
        self.audit().denied(&denial);
        if self.shared.log_rate.admit_line(&self.shared.id) {
            let secrets = &self.shared.secrets;
            tracing::info!(
                target: "luminarys::denied",
                skill = %self.shared.id,
                session = %self.call.context.session_id,
                capability = %denial.capability,
                asked = %secrets.redact(&denial.target),
                rule = %secrets.redact(&denial.rule),
                "denied"
            );
        }
        self.call.denial = Some(denial.clone());
        types::Error::Denied(types::Denial {
            capability: denial.capability,
            target: denial.target,
            rule: denial.rule,
        })
    }
}
