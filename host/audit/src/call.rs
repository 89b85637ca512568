//! The log as one call writes it.

use std::sync::Arc;

use luminarys_grants::Denial;
use luminarys_text::redact;

use crate::log::AuditLog;
use crate::record::{AuditRecord, MAX_RULE, MAX_TARGET, Verdict, bounded, identity};

/// The log as one call writes it.
#[derive(Clone, Debug)]
pub struct CallAudit {
    /// The host's log.
    pub log: AuditLog,
    /// The instance id of the called skill.
    pub skill: String,
    /// The called method.
    pub method: String,
    /// The client: its token's name, or its address; none for the host's own calls.
    pub client: Option<Arc<str>>,
    /// The client's session, as [`identity`] shows it.
    pub session: String,
    /// The call.
    pub request: Arc<str>,
    /// All calls that one outer request caused.
    pub trace: Arc<str>,
    /// The instance id of the skill that made the call; empty for clients.
    pub caller: String,
    /// The call of that skill.
    pub parent: Option<Arc<str>>,
}

impl CallAudit {
    /// Records that the manifest's line `rule` allows `target`. Call it before anything is done.
    ///
    /// # Errors
    /// A denial when the decision cannot be written and `audit.required` is set.
    pub fn allowed(&self, capability: &str, target: &str, rule: &str) -> Result<(), Denial> {
        if !self.log.writes_allowed() {
            self.log
                .count_allowed(redact(&self.skill), redact(capability));
            return Ok(());
        }
        let record = self.record(capability, target, Verdict::Allowed, rule);
        self.log.allowed(&record).map_err(|error| {
            let reason = format!(
                "this decision cannot be written to the audit log ({error}), and `audit.required` allows nothing that is \
                 not written; the host's operator must make the log writable"
            );
            Denial::new(capability, target, reason, "none while the audit log cannot be written")
        })
    }

    /// Records a denial. Returns whether it is the first of its kind within a minute.
    pub fn denied(&self, denial: &Denial) -> bool {
        let Denial {
            capability,
            target,
            rule,
            ..
        } = denial;
        self.log
            .denied(&self.record(capability, target, Verdict::Denied, rule))
    }

    /// Returns the client in the form that is safe to log; empty for the host's own calls.
    pub fn client(&self) -> String {
        identity(self.client.as_deref().unwrap_or_default()).into_owned()
    }

    fn record(&self, capability: &str, target: &str, verdict: Verdict, rule: &str) -> AuditRecord {
        let redacted = |text: &str| redact(text).into_owned();
        AuditRecord {
            time: format!("{:.3}", jiff::Timestamp::now()),
            skill: redacted(&self.skill),
            method: redacted(&self.method),
            client: redacted(&self.client()),
            session: redacted(&self.session),
            request: redacted(&self.request),
            trace: redacted(&self.trace),
            caller: redacted(&self.caller),
            parent: redacted(self.parent.as_deref().unwrap_or_default()),
            capability: redacted(capability),
            // In this order: secrets are replaced, then text is cut, then (when written) escaped.
            target: bounded(redacted(target), MAX_TARGET),
            verdict,
            rule: bounded(redacted(rule), MAX_RULE),
            count: 1,
        }
    }
}
