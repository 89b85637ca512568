//! The audit log: every decision over a capability as a line of JSON, and how many there were.
//!
//! What skills and clients choose is bounded: targets and rules are cut, sessions and clients with odd names are shown as
//! digests, denials that repeat are counted. Denials and what was allowed are in files of their own.
//!
//! - `record`: a line, and what is cut in it; `repeats`: what is counted rather than written
//! - `options`: the files and how long they are kept; `file`: appending to one and putting it aside; `log`: all together

mod file;
mod log;
mod options;
mod record;
mod repeats;

use std::sync::Arc;

use luminarys_grants::Denial;

pub use log::AuditLog;
pub use options::{AuditOptions, Audited};
pub(crate) use record::identity;
pub use record::{AuditRecord, Verdict};

use record::{MAX_RULE, MAX_TARGET, bounded};

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
    pub secrets: Secrets,
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
        AuditRecord {
            time: format!("{:.3}", jiff::Timestamp::now()),
            skill: self.skill.clone(),
            method: self.method.clone(),
            client: self.client(),
            session: self.session.clone(),
            request: self.request.to_string(),
            trace: self.trace.to_string(),
            capability: capability.to_owned(),
            // Secrets are replaced before anything is cut, and what is cut before it is escaped, when it is written.
            target: bounded(self.secrets.redact(target), MAX_TARGET),
            verdict,
            rule: bounded(self.secrets.redact(rule), MAX_RULE),
            count: 1,
        }
    }
}

/// Values that nobody may read in logs, errors and the audit log. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<[String]>);

/// Shorter ones would be found in everything.
const SHORTEST: usize = 4;

impl Secrets {
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let long = values.into_iter().filter(|value| value.len() >= SHORTEST);
        let mut values: Vec<String> = long.collect();
        // The longest first: one may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values.into())
    }

    /// `text` with every secret replaced.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &*self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[secret]");
            }
        }
        text
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
