//! The open connections: their limits, which of them makes room for a new one, and their time limits.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_orchestrator::ServingMetrics;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;

/// Requests that may be reset on one HTTP/2 connection within [`RESETS_TIME`].
const MAX_RESETS: u32 = 200;

const RESETS_TIME: Duration = Duration::from_secs(10);

/// All connections.
pub(crate) struct Connections {
    limits: Limits,
    metrics: ServingMetrics,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
}

/// A client's connection.
pub(crate) struct Connection {
    id: u64,
    /// The client's address.
    pub peer: IpAddr,
    /// The local address of the connection.
    pub local: Option<IpAddr>,
    /// Cancelled when the client has closed.
    pub gone: CancellationToken,
    /// Cancelled when the host ends it.
    pub end: CancellationToken,
    metrics: ServingMetrics,
    state: Mutex<State>,
}

struct State {
    /// The handshake is not finished.
    shaking: bool,
    /// A request on it was allowed.
    admitted: bool,
    http2: bool,
    requests: u64,
    /// Requests whose answers are not finished.
    open: usize,
    /// The time since which no request is open.
    waiting_since: Instant,
    /// The time since which a head is being read.
    head_since: Option<Instant>,
    /// Responses with a part that the client has not read yet, by the request's number.
    unread: HashMap<u64, Instant>,
    /// Requests that were reset before they were answered, since `resets_since`.
    resets: u32,
    resets_since: Instant,
}

impl Connections {
    pub fn new(limits: Limits, metrics: ServingMetrics) -> Arc<Self> {
        Arc::new(Self {
            limits,
            metrics,
            open: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a connection from `peer`, which begins with a TLS handshake if it is `shaking`. When there are too
    /// many, in all or from its address, the one that has waited
    /// longest for a request ends, first among those that never made an admitted one.
    ///
    /// # Errors
    /// The key of the limit, if all others serve requests.
    pub fn enter(
        self: &Arc<Self>,
        peer: IpAddr,
        local: Option<IpAddr>,
        shaking: bool,
        now: Instant,
    ) -> Result<Entered, &'static str> {
        let peer = peer.to_canonical();
        let mut open = self.lock();
        let near = |connection: &Connection| group(connection.peer) == group(peer);
        let of_peer = open.values().filter(|it| near(it)).count();
        if of_peer >= self.limits.max_connections_per_peer {
            self.metrics.refused("connections_per_peer");
            make_room(&mut open, near).ok_or("http.max_connections_per_peer")?;
        }
        if open.len() >= self.limits.max_connections {
            self.metrics.refused("connections");
            make_room(&mut open, |_| true).ok_or("http.max_connections")?;
        }
        let id = open.keys().max().map_or(0, |last| last + 1);
        let connection = Arc::new(Connection {
            id,
            peer,
            local: local.map(|local| local.to_canonical()),
            gone: CancellationToken::new(),
            end: CancellationToken::new(),
            metrics: self.metrics.clone(),
            state: Mutex::new(State {
                shaking,
                admitted: false,
                http2: false,
                requests: 0,
                open: 0,
                waiting_since: now,
                head_since: None,
                unread: HashMap::new(),
                resets: 0,
                resets_since: now,
            }),
        });
        open.insert(id, connection.clone());
        self.metrics.set_connections(open.len());
        Ok(Entered {
            connections: self.clone(),
            connection,
        })
    }

    /// Ends the connection that has waited longest for a request, if any waits.
    pub fn shed(&self) {
        make_room(&mut self.lock(), |_| true);
    }

    /// Ends the connections that exceeded a time limit.
    pub fn sweep(&self, now: Instant) {
        for connection in self.lock().values() {
            if let Some(limit) = connection.overdue(now, &self.limits)
                && !connection.end.is_cancelled()
            {
                self.metrics.timed_out(limit);
                connection.end.cancel();
            }
        }
    }
}

/// Ends the connection that has waited longest among the `eligible` ones; returns none if all serve requests.
fn make_room(
    open: &mut HashMap<u64, Arc<Connection>>,
    eligible: impl Fn(&Connection) -> bool,
) -> Option<()> {
    let eligible = open.values().filter(|connection| eligible(connection));
    let ranked = eligible.filter_map(|connection| Some((connection.rank()?, connection.id)));
    let (_, id) = ranked.min()?;
    open.remove(&id)?.end.cancel();
    Some(())
}

/// Returns the address or network that counts as one peer: an IPv6 client chooses the lower half of its address.
fn group(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

/// Removes its connection when it is dropped.
pub(crate) struct Entered {
    connections: Arc<Connections>,
    pub connection: Arc<Connection>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        let id = self.connection.id;
        // One that made room is removed already, and its number may be in use again.
        if open
            .get(&id)
            .is_some_and(|it| Arc::ptr_eq(it, &self.connection))
        {
            open.remove(&id);
        }
        self.connections.metrics.set_connections(open.len());
    }
}

impl Connection {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that bytes arrived.
    pub fn received(&self, now: Instant) {
        let mut state = self.state();
        if state.open == 0 {
            state.head_since.get_or_insert(now);
        }
    }

    /// Records that the handshake is finished.
    pub fn shaken(&self, now: Instant) {
        let mut state = self.state();
        state.shaking = false;
        state.waiting_since = now;
        state.head_since = None;
    }

    /// Records that an HTTP/2 request was reset. That costs the client nothing, so a connection on which it happens all
    /// the time is closed.
    fn reset(&self, now: Instant) {
        let mut state = self.state();
        if !state.http2 {
            return;
        }
        if now.saturating_duration_since(state.resets_since) > RESETS_TIME {
            (state.resets, state.resets_since) = (0, now);
        }
        state.resets += 1;
        if state.resets > MAX_RESETS && !self.end.is_cancelled() {
            self.metrics.refused("resets");
            self.end.cancel();
        }
    }

    /// Records that a request was admitted.
    pub fn admit(&self) {
        self.state().admitted = true;
    }

    /// Begins a request.
    pub fn begin(self: &Arc<Self>, http2: bool) -> Exchange {
        let mut state = self.state();
        state.http2 |= http2;
        state.requests += 1;
        state.open += 1;
        state.head_since = None;
        Exchange {
            number: state.requests,
            connection: self.clone(),
            is_finished: false,
        }
    }

    /// Returns the order in which connections make room, or `None` for one that serves an admitted request.
    fn rank(&self) -> Option<(bool, Instant)> {
        let state = self.state();
        let serves = state.open > 0 && state.admitted;
        (!serves).then_some((state.admitted, state.waiting_since))
    }

    /// Returns the name of the time limit that has passed, if one has.
    fn overdue(&self, now: Instant, limits: &Limits) -> Option<&'static str> {
        let state = self.state();
        let passed = |since: Instant, limit: Duration| now.saturating_duration_since(since) > limit;
        if state
            .unread
            .values()
            .any(|since| passed(*since, limits.write_timeout))
        {
            return Some("write");
        }
        if state.open > 0 {
            // Its body and its call have their own time limits.
            return None;
        }
        if state.shaking {
            return passed(state.waiting_since, limits.handshake_timeout).then_some("handshake");
        }
        let head = match state.head_since {
            _ if state.requests == 0 => Some(state.waiting_since),
            // In HTTP/2 there are other frames as well.
            since => since.filter(|_| !state.http2),
        };
        if head.is_some_and(|since| passed(since, limits.head_timeout)) {
            return Some("head");
        }
        passed(state.waiting_since, limits.idle_timeout).then_some("idle")
    }
}

/// A request and its response, until the response is finished or dropped.
pub(crate) struct Exchange {
    connection: Arc<Connection>,
    number: u64,
    is_finished: bool,
}

impl Exchange {
    /// Records that a part of the response waits to be sent.
    pub fn offered(&self, now: Instant) {
        self.connection.state().unread.insert(self.number, now);
    }

    /// Records that all was sent.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// Records that the part was sent.
    pub fn taken(&self) {
        self.connection.state().unread.remove(&self.number);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.connection.state();
        state.unread.remove(&self.number);
        state.open -= 1;
        let now = Instant::now();
        state.waiting_since = now;
        drop(state);
        if !self.is_finished {
            self.connection.reset(now);
        }
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
