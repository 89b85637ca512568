//! The sessions that the host has issued, with their owners and limits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_orchestrator::{Orchestrator, ServingMetrics};
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::SessionManager as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

use crate::client::Client;
use crate::limits::Limits;
use crate::session::Session;

/// How long the messages of a cancelled request are kept for a client that resumes its stream.
const CANCELLED_EVENTS: Duration = Duration::from_secs(5);

/// All sessions. A session that ends releases its streams, its kept results, and its instances of skills.
pub(crate) struct Sessions {
    limits: Limits,
    metrics: ServingMetrics,
    orchestrator: Orchestrator,
    /// Their channels.
    pub local: LocalSessionManager,
    issued: Mutex<HashMap<SessionId, Arc<Session>>>,
}

impl Sessions {
    pub fn new(limits: Limits, orchestrator: Orchestrator) -> Arc<Self> {
        let mut local = LocalSessionManager::default();
        // A session that serves a long call is not idle, which only `sweep` can tell.
        local.session_config.keep_alive = None;
        local.session_config.completed_cache_ttl = CANCELLED_EVENTS;
        Arc::new(Self {
            limits,
            metrics: orchestrator.serving_metrics(),
            orchestrator,
            local,
            issued: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Session>>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the session with an id if it was issued to `client`. A session of another client is treated as unknown.
    pub fn of(&self, client: &Client, id: &str) -> Option<Arc<Session>> {
        let session = self.lock().get(id).cloned()?;
        let is_own = session.client.owner == client.owner && !session.client.is_revoked();
        is_own.then_some(session)
    }

    /// Registers a session. When its client has too many, the client's least recently used one ends; when there are too
    /// many in all, the least recently used one of the client that has the most.
    pub fn issue(self: &Arc<Self>, session: Arc<Session>) {
        let mut issued = self.lock();
        let own = issued
            .values()
            .filter(|it| it.client.name == session.client.name)
            .count();
        let crowded = if own >= self.limits.max_sessions_per_client {
            self.metrics.refused("sessions_per_client");
            Some(session.client.name.clone())
        } else if issued.len() >= self.limits.max_sessions {
            self.metrics.refused("sessions");
            largest(&issued)
        } else {
            None
        };
        let left = crowded.and_then(|name| {
            let theirs = issued.values().filter(|it| it.client.name == name);
            theirs.min_by_key(|it| it.rank()).cloned()
        });
        if let Some(left) = &left {
            issued.remove(&left.id);
        }
        issued.insert(session.id.clone(), session);
        self.metrics.set_sessions(issued.len());
        drop(issued);
        if let Some(left) = left {
            tracing::debug!(session = %left.name, "a session ends to make room");
            self.close(&left);
        }
    }

    /// Ends a session, if it has not ended yet.
    pub fn end(self: &Arc<Self>, id: &SessionId) {
        let mut issued = self.lock();
        let session = issued.remove(id);
        self.metrics.set_sessions(issued.len());
        drop(issued);
        if let Some(session) = session {
            self.close(&session);
        }
    }

    /// Ends the sessions that have been idle for too long.
    pub fn sweep(self: &Arc<Self>, now: Instant) {
        let mut issued = self.lock();
        let (metrics, limit) = (&self.metrics, self.limits.session_timeout);
        let idle: Vec<Arc<Session>> = issued
            .extract_if(|_, session| session.is_idle(now, limit))
            .map(|(_, session)| session)
            .collect();
        metrics.set_sessions(issued.len());
        drop(issued);
        for session in idle {
            metrics.timed_out("session");
            self.close(&session);
        }
    }

    /// Ends the sessions of clients that are no longer admitted; returns how many.
    pub fn end_revoked(self: &Arc<Self>) -> usize {
        let mut issued = self.lock();
        let ended: Vec<Arc<Session>> = issued
            .extract_if(|_, session| session.client.is_revoked())
            .map(|(_, session)| session)
            .collect();
        self.metrics.set_sessions(issued.len());
        drop(issued);
        for session in &ended {
            self.close(session);
        }
        ended.len()
    }

    /// Releases the resources of a session that has ended.
    fn close(self: &Arc<Self>, session: &Session) {
        // Its streams end first: its channels may wait for a stream that is not read.
        session.end.cancel();
        self.orchestrator.session_ended(&session.name);
        let (sessions, id, name) = (self.clone(), session.id.clone(), session.name.clone());
        tokio::spawn(async move {
            if let Err(error) = sessions.local.close_session(&id).await {
                tracing::debug!(session = %name, "a session was not closed: {error}");
            }
        });
    }
}

/// Returns the client that has the most sessions.
fn largest(issued: &HashMap<SessionId, Arc<Session>>) -> Option<Arc<str>> {
    let mut counts: HashMap<&Arc<str>, usize> = HashMap::new();
    for session in issued.values() {
        *counts.entry(&session.client.name).or_default() += 1;
    }
    let (name, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(name.clone())
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
