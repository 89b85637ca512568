//! Metrics for Prometheus.

use std::sync::atomic::Ordering;
use std::time::Instant;

use luminarys_runtime::{Accounts, AuditLog, CallError, Charge, Exhausted, Holder, Verdict};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::{ClusterMetrics, InvokeError, ServingMetrics};

/// Buckets from 25 microseconds, a warm call, to two minutes, the limit of a call.
const BUCKETS: [f64; 14] = [
    0.000_025, 0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0,
    120.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    skill: String,
    method: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabels {
    skill: String,
    method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DenialLabels {
    skill: String,
    capability: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    skill: String,
    capability: String,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HeldLabels {
    skill: String,
    holder: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TotalLabels {
    account: &'static str,
}

/// All counters. Label values come from manifests and packages, never from a client, so that their number is bounded.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    durations: Family<MethodLabels, Histogram, fn() -> Histogram>,
    denials: Family<DenialLabels, Counter>,
    decisions: Family<DecisionLabels, Counter>,
    pub audit: AuditLog,
    accounts: Accounts,
    held: Family<HeldLabels, Gauge>,
    totals: Family<TotalLabels, Gauge>,
    in_flight: Gauge,
    loaded: Gauge,
    failed: Gauge,
    reloads: Counter,
    pub serving: ServingMetrics,
    pub cluster: ClusterMetrics,
}

impl Metrics {
    /// `audit` counts the decisions of capabilities, `accounts` what is held.
    pub fn new(audit: AuditLog, accounts: Accounts) -> Self {
        let mut registry = Registry::with_prefix("luminarys");
        let calls = Family::default();
        let durations: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let denials = Family::default();
        let decisions = Family::default();
        let (in_flight, loaded, failed, reloads) = (
            Gauge::default(),
            Gauge::default(),
            Gauge::default(),
            Counter::default(),
        );
        registry.register("calls", "Calls of methods, by outcome", calls.clone());
        registry.register(
            "call_duration_seconds",
            "How long calls took",
            durations.clone(),
        );
        registry.register("denials", "Refusals, by capability", denials.clone());
        registry.register(
            "decisions",
            "Decisions on what skills asked of capabilities",
            decisions.clone(),
        );
        let (held, totals) = (Family::default(), Family::default());
        registry.register(
            "held_bytes",
            "Bytes held for a skill, by purpose",
            held.clone(),
        );
        registry.register(
            "account",
            "Resources of all skills and clients: bytes held by the host, bytes of instances, descriptors",
            totals.clone(),
        );
        registry.register("calls_in_flight", "Calls running now", in_flight.clone());
        registry.register("skills_loaded", "Skills that serve calls", loaded.clone());
        registry.register(
            "skills_failed",
            "Manifests whose latest version does not run",
            failed.clone(),
        );
        registry.register(
            "reloads",
            "Number of times the skills were loaded",
            reloads.clone(),
        );
        let serving = ServingMetrics::default();
        serving.register(&mut registry);
        let cluster = ClusterMetrics::default();
        cluster.register(&mut registry);
        Self {
            registry,
            calls,
            durations,
            denials,
            decisions,
            audit,
            accounts,
            held,
            totals,
            in_flight,
            loaded,
            failed,
            reloads,
            serving,
            cluster,
        }
    }

    /// Records that the skills were loaded, and how many of them run.
    pub fn skills(&self, loaded: usize, failed: usize) {
        self.loaded.set(i64::try_from(loaded).unwrap_or(i64::MAX));
        self.failed.set(i64::try_from(failed).unwrap_or(i64::MAX));
        self.reloads.inc();
    }

    /// Records a refusal. `skill` is the one that was refused something, or that must not be called.
    pub fn denial(&self, skill: &str, capability: &str) {
        let labels = DenialLabels {
            skill: skill.to_owned(),
            capability: capability.to_owned(),
        };
        self.denials.get_or_create(&labels).inc();
    }

    /// Charges `bytes` of a result that another node sends.
    ///
    /// # Errors
    /// [`Exhausted`] when the host would hold more than its limit.
    pub fn charge(&self, bytes: u64) -> Result<Charge, Exhausted> {
        self.accounts.charge(Holder::Results, bytes)
    }

    /// Starts measuring a call of an existing method. Dropped before it is finished, it counts as cancelled.
    pub fn call<'a>(&'a self, skill: &'a str, method: &'a str) -> Measured<'a> {
        self.in_flight.inc();
        Measured {
            metrics: self,
            skill,
            method,
            begun: Instant::now(),
            outcome: "cancelled",
        }
    }

    /// Returns the metrics in Prometheus text format.
    pub fn text(&self) -> String {
        for (skill, capability, verdict, count) in self.audit.counts() {
            let verdict = match verdict {
                Verdict::Allowed => "allowed",
                Verdict::Denied => "denied",
            };
            let labels = DecisionLabels {
                skill,
                capability,
                verdict,
            };
            let counter = self.decisions.get_or_create(&labels);
            counter.inner().store(count, Ordering::Relaxed);
        }
        self.held.clear();
        for held in self.accounts.held() {
            let labels = HeldLabels {
                skill: held.skill,
                holder: held.holder.name(),
            };
            self.held.get_or_create(&labels).set(signed(held.bytes));
        }
        for (account, used) in self.accounts.totals() {
            let labels = TotalLabels { account };
            self.totals.get_or_create(&labels).set(signed(used));
        }
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // Writing to a string does not fail; a partial response would be read as complete.
            text.clear();
        }
        text
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A call being measured.
pub(crate) struct Measured<'a> {
    metrics: &'a Metrics,
    skill: &'a str,
    method: &'a str,
    begun: Instant,
    outcome: &'static str,
}

impl Measured<'_> {
    /// Records how the call ended; returns the outcome's name and the duration in seconds.
    pub fn finish<T>(mut self, result: &Result<T, InvokeError>) -> (&'static str, f64) {
        self.outcome = result.as_ref().err().map_or("ok", outcome);
        if let Some(denial) = result.as_ref().err().and_then(denial) {
            self.metrics.denial(self.skill, &denial.capability);
        }
        (self.outcome, self.begun.elapsed().as_secs_f64())
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        let (skill, method) = (self.skill.to_owned(), self.method.to_owned());
        let labels = MethodLabels {
            skill: skill.clone(),
            method: method.clone(),
        };
        self.metrics
            .durations
            .get_or_create(&labels)
            .observe(self.begun.elapsed().as_secs_f64());
        self.metrics
            .calls
            .get_or_create(&CallLabels {
                skill,
                method,
                outcome: self.outcome,
            })
            .inc();
    }
}

/// Returns an error's name in metrics and logs.
pub(crate) fn outcome(error: &InvokeError) -> &'static str {
    match error {
        InvokeError::UnknownSkill(_)
        | InvokeError::UnknownMethod { .. }
        | InvokeError::UnknownTool(_) => "unknown",
        InvokeError::NotLoaded { .. } => "not_loaded",
        InvokeError::NotConnected(_) => "not_connected",
        InvokeError::Private { .. } | InvokeError::Denied(_) => "denied",
        InvokeError::InvalidArguments(_) => "invalid_arguments",
        InvokeError::Remote(failure) => failure.kind.name(),
        InvokeError::Revoked(_) => "revoked",
        InvokeError::ShuttingDown => "shutting_down",
        InvokeError::Call(error) => match error {
            CallError::UnknownMethod(_) => "unknown",
            CallError::Unavailable { .. } => "unavailable",
            CallError::InvalidArguments(_) => "invalid_arguments",
            CallError::Skill {
                denial: Some(_), ..
            } => "denied",
            CallError::Skill { .. } => "skill_error",
            CallError::Trap(_) => "trap",
            CallError::Limit { .. } | CallError::Exhausted(_) => "limit",
            CallError::Deadlock(_) => "deadlock",
            CallError::Cancelled => "cancelled",
            CallError::Host(_) => "host_error",
        },
    }
}

fn denial(error: &InvokeError) -> Option<&luminarys_grants::Denial> {
    match error {
        InvokeError::Denied(denial) => Some(denial),
        InvokeError::Remote(failure) => failure.denial.as_deref(),
        InvokeError::Call(CallError::Skill { denial, .. }) => denial.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use luminarys_grants::Denial;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn calls_are_counted_by_outcome() {
        let metrics = Metrics::new(AuditLog::default(), Accounts::default());
        let running = metrics.call("files", "read");
        assert!(
            metrics.text().contains("luminarys_calls_in_flight 1"),
            "{}",
            metrics.text()
        );
        drop(running);
        metrics.call("files", "read").finish(&Ok(()));
        metrics.call("files", "read").finish(&Ok(()));
        let denial = Denial::new("filesystem", "/etc", "no", "x");
        let refused = CallError::Skill {
            message: "m".to_owned(),
            denial: Some(denial),
        };
        metrics
            .call("files", "write")
            .finish::<()>(&Err(refused.into()));
        metrics.skills(3, 1);
        let text = metrics.text();
        let rows = [
            r#"luminarys_calls_total{skill="files",method="read",outcome="ok"} 2"#,
            r#"luminarys_calls_total{skill="files",method="read",outcome="cancelled"} 1"#,
            r#"luminarys_calls_total{skill="files",method="write",outcome="denied"} 1"#,
            r#"luminarys_denials_total{skill="files",capability="filesystem"} 1"#,
            r#"luminarys_call_duration_seconds_count{skill="files",method="read"} 3"#,
            "luminarys_calls_in_flight 0",
            "luminarys_skills_loaded 3",
            "luminarys_skills_failed 1",
            "luminarys_reloads_total 1",
        ];
        each_row(rows, |line| {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        });
    }

    #[test]
    fn label_values_cannot_forge_lines() {
        let metrics = Metrics::new(AuditLog::default(), Accounts::default());
        metrics.denial("a\"} 1\nevil_total{x=\"\\", "b");
        let text = metrics.text();
        assert!(
            text.contains(r#"skill="a\"} 1\nevil_total{x=\"\\",capability="b""#),
            "{text}"
        );
        assert!(!text.lines().any(|line| line.starts_with("evil")), "{text}");
    }
}
