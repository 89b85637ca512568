//! Metrics of the server of clients.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClientLabels {
    client: String,
    outcome: &'static str,
}

/// Metrics of a server's clients and refusals. Clones share their counters.
#[derive(Clone, Default)]
pub struct ServingMetrics(Arc<Counters>);

#[derive(Default)]
struct Counters {
    connections: Gauge,
    sessions: Gauge,
    bytes_in_flight: Gauge,
    refusals: Family<LimitLabels, Counter>,
    timeouts: Family<LimitLabels, Counter>,
    unauthorized: Family<ReasonLabels, Counter>,
    calls: Family<ClientLabels, Counter>,
}

impl ServingMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        let counters = &self.0;
        for (name, help, gauge) in [
            (
                "http_connections",
                "Connections of clients",
                &counters.connections,
            ),
            ("http_sessions", "Sessions of clients", &counters.sessions),
            (
                "http_bytes_in_flight",
                "Memory charged to requests and unread responses, in bytes",
                &counters.bytes_in_flight,
            ),
        ] {
            registry.register(name, help, gauge.clone());
        }
        for (name, help, counter) in [
            (
                "http_refusals",
                "Refusals and evictions, by limit",
                &counters.refusals,
            ),
            ("http_timeouts", "Timeouts, by limit", &counters.timeouts),
        ] {
            registry.register(name, help, counter.clone());
        }
        registry.register(
            "http_unauthorized",
            "Requests that were not authenticated, by reason",
            counters.unauthorized.clone(),
        );
        registry.register(
            "client_calls",
            "Calls of tools, by the client's name in the configuration and outcome",
            counters.calls.clone(),
        );
    }

    /// Sets the number of open connections.
    pub fn set_connections(&self, count: usize) {
        set(&self.0.connections, count);
    }

    /// Sets the number of sessions.
    pub fn set_sessions(&self, count: usize) {
        set(&self.0.sessions, count);
    }

    /// Sets the number of charged bytes.
    pub fn set_bytes_in_flight(&self, bytes: usize) {
        set(&self.0.bytes_in_flight, bytes);
    }

    /// Counts a refusal because of a limit, or something that was ended to make room.
    pub fn refused(&self, limit: &'static str) {
        self.0.refusals.get_or_create(&LimitLabels { limit }).inc();
    }

    /// Counts a request that was not authenticated.
    pub fn unauthorized(&self, reason: &'static str) {
        let labels = ReasonLabels { reason };
        self.0.unauthorized.get_or_create(&labels).inc();
    }

    /// Counts a call of a tool. `client` is a name of the configuration, never one that a client chose, so that their
    /// number is bounded.
    pub fn client_call(&self, client: &str, outcome: &'static str) {
        let client = client.to_owned();
        let labels = ClientLabels { client, outcome };
        self.0.calls.get_or_create(&labels).inc();
    }

    /// Counts a timeout.
    pub fn timed_out(&self, limit: &'static str) {
        self.0.timeouts.get_or_create(&LimitLabels { limit }).inc();
    }
}

fn set(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}
