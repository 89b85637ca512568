//! Counters, in Prometheus' text form.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

/// What calls came to.
#[derive(Default)]
pub(crate) struct Metrics {
    calls: Mutex<BTreeMap<(String, String, &'static str), u64>>,
    durations: Mutex<BTreeMap<String, ([u64; 10], u64, f64)>>,
    pub in_flight: AtomicU64,
}

impl Metrics {
    pub fn record(&self, skill: &str, method: &str, outcome: &'static str, took: Duration) {
        let key = (skill.to_owned(), method.to_owned(), outcome);
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let (buckets, count, sum) = durations.entry(skill.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        for (bucket, bound) in buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
        *count += 1;
        *sum += seconds;
    }

    pub fn render(&self, loaded: usize, configured: usize) -> String {
        let mut out = String::new();
        let mut head = |out: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut out, "luminarys_skills", "gauge", "Skills by state.");
        let _ = writeln!(out, "luminarys_skills{{state=\"loaded\"}} {loaded}");
        let _ = writeln!(out, "luminarys_skills{{state=\"refused\"}} {}", configured - loaded);
        head(&mut out, "luminarys_calls_in_flight", "gauge", "Calls running now.");
        let _ = writeln!(out, "luminarys_calls_in_flight {}", self.in_flight.load(Ordering::Relaxed));
        head(&mut out, "luminarys_calls_total", "counter", "Calls by skill, method and outcome.");
        for ((skill, method, outcome), count) in &*self.calls.lock().unwrap_or_else(PoisonError::into_inner) {
            let labels = format!("skill=\"{skill}\",method=\"{method}\",outcome=\"{outcome}\"");
            let _ = writeln!(out, "luminarys_calls_total{{{labels}}} {count}");
        }
        head(&mut out, "luminarys_call_seconds", "histogram", "How long calls took.");
        for (skill, (buckets, count, sum)) in &*self.durations.lock().unwrap_or_else(PoisonError::into_inner) {
            for (bucket, bound) in buckets.iter().zip(BUCKETS) {
                let _ = writeln!(out, "luminarys_call_seconds_bucket{{skill=\"{skill}\",le=\"{bound}\"}} {bucket}");
            }
            let _ = writeln!(out, "luminarys_call_seconds_bucket{{skill=\"{skill}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(out, "luminarys_call_seconds_sum{{skill=\"{skill}\"}} {sum}");
            let _ = writeln!(out, "luminarys_call_seconds_count{{skill=\"{skill}\"}} {count}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted() {
        let metrics = Metrics::default();
        metrics.record("a", "m", "ok", Duration::from_millis(1));
        metrics.record("a", "m", "ok", Duration::from_secs(1));
        metrics.record("a", "m", "denied", Duration::from_secs(100));
        let text = metrics.render(1, 2);
        for line in [
            "luminarys_skills{state=\"refused\"} 1",
            "luminarys_calls_total{skill=\"a\",method=\"m\",outcome=\"ok\"} 2",
            "luminarys_calls_total{skill=\"a\",method=\"m\",outcome=\"denied\"} 1",
            "luminarys_call_seconds_bucket{skill=\"a\",le=\"0.001\"} 1",
            "luminarys_call_seconds_bucket{skill=\"a\",le=\"60\"} 2",
            "luminarys_call_seconds_bucket{skill=\"a\",le=\"+Inf\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
