//! The audit log: every decision over a capability as a line of JSON, and how many there were.
//!
//! What skills and clients choose is bounded: targets and rules are cut, sessions and clients with odd names are shown as
//! digests, denials that repeat are counted. Denials and what was allowed are in files of their own.
//!
//! - `record`: a line, and what is cut in it; `repeats`: what is counted rather than written
//! - `options`: the files and how long they are kept; `file`: appending to one and putting it aside; `tidy`: removing
//!   old ones; `log`: all together

mod file;
mod log;
mod options;
mod record;
mod repeats;
mod tidy;

use std::sync::Arc;

use luminarys_grants::{Denial, Grants};
use luminarys_text::{SHORTEST, is_too_short, redact};

pub use log::AuditLog;
pub use options::{AuditOptions, Audited, MAX_KEPT};
pub(crate) use record::identity;
pub use record::{AuditRecord, Verdict};

use record::{MAX_RULE, MAX_TARGET, bounded};

use crate::CallContext;

/// The log as one call writes it.
#[derive(Clone, Debug)]
pub(crate) struct CallAudit {
    pub log: AuditLog,
    pub skill: String,
    pub method: String,
    /// The client; `CallContext::client`.
    pub client: Option<Arc<str>>,
    /// As [`identity`] shows it.
    pub session: String,
    pub request: Arc<str>,
    pub trace: Arc<str>,
}

impl CallAudit {
    /// Notes that the manifest's line `rule` allowed `target`, before anything is done.
    ///
    /// # Errors
    /// A denial instead, when the decision cannot be written and `audit.required` is set.
    pub fn allowed(&self, capability: &str, target: &str, rule: &str) -> Result<(), Denial> {
        let record = self.record(capability, target, Verdict::Allowed, rule);
        self.log.allowed(&record).map_err(|error| {
            let reason = format!(
                "this decision cannot be written to the audit log ({error}), and `audit.required` lets nothing happen \
                 that is not; the host's operator must make the log writable"
            );
            Denial::new(capability, target, reason, "none while the audit log cannot be written")
        })
    }

    /// Notes a denial; whether it is the first of its kind for a while.
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

    /// The client, as it may stand in logs; empty where the host itself called.
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
            capability: redacted(capability),
            // Secrets are replaced before anything is cut, and what is cut before it is escaped, when it is written.
            target: bounded(redacted(target), MAX_TARGET),
            verdict,
            rule: bounded(redacted(rule), MAX_RULE),
            count: 1,
        }
    }
}

impl AuditLog {
    /// Notes that `call` is not let to a skill's method at all; whether it is the first of its kind for a while.
    pub fn denied_call(
        &self,
        call: &CallContext,
        skill: &str,
        method: &str,
        denial: &Denial,
    ) -> bool {
        let audit = CallAudit {
            log: self.clone(),
            skill: skill.to_owned(),
            method: method.to_owned(),
            client: call.client.clone(),
            session: identity(&call.session_id).into_owned(),
            request: call.request_id.clone(),
            trace: call.trace_id.clone(),
        };
        audit.denied(denial)
    }
}

/// The warnings about secrets in the environment that are too short to be found in text.
pub(crate) fn unprotected(grants: &Grants) -> impl Iterator<Item = String> {
    let secrets = grants.env.secret_names().iter();
    let short = secrets.filter(|name| grants.env.get(*name).is_some_and(|it| is_too_short(it)));
    short.map(|name| {
        format!(
            "env.{name}: the secret has fewer than {SHORTEST} characters, so logs and errors may show it"
        )
    })
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
