//! The instances that are kept for sessions: a limited number, shared fairly by clients, until they are idle for too
//! long.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The slots of sessions, by session id.
pub(super) struct Sessions<T> {
    kept: HashMap<String, Session<T>>,
    /// Maximum number of sessions.
    max: usize,
    /// Time without a call after which one ends.
    idle: Duration,
    /// A counter that grows with each use.
    uses: u64,
    /// Whether someone waits to call [`Sessions::end_expired`].
    is_watched: bool,
}

struct Session<T> {
    /// The slot, shared with the calls that use it.
    place: Arc<T>,
    client: Arc<str>,
    used: u64,
    /// The end of its last call.
    since: Instant,
}

impl<T> Sessions<T> {
    pub fn new(max: usize, idle: Duration) -> Self {
        Self {
            kept: HashMap::new(),
            max,
            idle,
            uses: 0,
            is_watched: false,
        }
    }

    /// Returns the slot of the session `id` of `client`, creating it if absent. At the limit it replaces another
    /// session's slot, which is also returned, to be dropped.
    pub fn of(
        &mut self,
        id: &str,
        client: &Arc<str>,
        now: Instant,
        make: impl FnOnce() -> T,
    ) -> (Arc<T>, Option<Arc<T>>) {
        self.uses += 1;
        if let Some(session) = self.kept.get_mut(id) {
            session.used = self.uses;
            return (session.place.clone(), None);
        }
        let ended = match self.kept.len() < self.max {
            true => None,
            false => self.end_idle(Some(client)),
        };
        let place = Arc::new(make());
        let session = Session {
            place: place.clone(),
            client: client.clone(),
            used: self.uses,
            since: now,
        };
        self.kept.insert(id.to_owned(), session);
        (place, ended)
    }

    /// Notes that a call of a session has ended.
    pub fn called(&mut self, id: &str, now: Instant) {
        if let Some(session) = self.kept.get_mut(id) {
            session.since = now;
        }
    }

    /// Returns the time at which to call [`Sessions::end_expired`], if no one waits for that yet: the caller must.
    pub fn watch(&mut self, now: Instant) -> Option<Instant> {
        // A time that overflows never comes.
        let then = now.checked_add(self.idle)?;
        (!std::mem::replace(&mut self.is_watched, true)).then_some(then)
    }

    /// Removes the slots of sessions without a call for too long. Returns them, to be dropped, and when to look again:
    /// not before another session begins if `None`.
    pub fn end_expired(&mut self, now: Instant) -> (Vec<Arc<T>>, Option<Instant>) {
        let idle = self.idle;
        for session in self.kept.values_mut() {
            if Arc::strong_count(&session.place) > 1 {
                session.since = now;
            }
        }
        let is_expired =
            |session: &Session<T>| now.saturating_duration_since(session.since) >= idle;
        let ended = self.kept.extract_if(|_, session| is_expired(session));
        let ended = ended.map(|(_, session)| session.place).collect();
        let next = self.kept.values().map(|session| session.since).min();
        let next = next.and_then(|since| since.checked_add(idle));
        self.is_watched = next.is_some();
        (ended, next)
    }

    /// Removes the slot of a session.
    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        self.kept.remove(id).map(|session| session.place)
    }

    /// Removes a session's slot to make room, for one more of `newcomer` if given: of the client with the most
    /// sessions, the least recently used idle one. Returns `None` when all are in use.
    pub fn end_idle(&mut self, newcomer: Option<&Arc<str>>) -> Option<Arc<T>> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let clients = self.kept.values().map(|session| &session.client);
        for client in clients.chain(newcomer) {
            *counts.entry(client).or_default() += 1;
        }
        let idle = self.kept.iter();
        let idle = idle.filter(|(_, session)| Arc::strong_count(&session.place) == 1);
        let ended = idle.max_by_key(|(_, session)| {
            let is_own = newcomer == Some(&session.client);
            (counts[&*session.client], is_own, Reverse(session.used))
        });
        let id = ended.map(|(id, _)| id.clone())?;
        self.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    const MAX: usize = 64;
    const IDLE: Duration = Duration::from_secs(60);

    fn sessions<T>() -> Sessions<T> {
        Sessions::new(MAX, IDLE)
    }

    /// Returns the number of sessions of each of four clients.
    fn counts<T>(sessions: &Sessions<T>) -> [usize; 4] {
        let of = |client: &str| {
            let each = sessions.kept.values();
            each.filter(|session| &*session.client == client).count()
        };
        ["0", "1", "2", "3"].map(of)
    }

    proptest! {
        #[test]
        fn no_client_loses_its_share_to_others(
            arrivals in prop::collection::vec((0..4_usize, 0..200_usize), 0..600),
            used in 0..4_usize,
        ) {
            let mut sessions = sessions();
            let mut in_use = Vec::new();
            for (client, session) in arrivals {
                let before = counts(&sessions);
                let name: Arc<str> = client.to_string().into();
                let (place, ended) = sessions.of(&format!("{client}/{session}"), &name, Instant::now(), || ());
                prop_assert!(ended.is_none_or(|ended| Arc::strong_count(&ended) == 1));
                if in_use.len() < used {
                    in_use.push(place);
                }
                let after = counts(&sessions);
                prop_assert!(after.iter().sum::<usize>() <= MAX);
                for other in (0..4).filter(|other| *other != client) {
                    let lost = before[other] > after[other];
                    prop_assert!(!lost || before[other] > before[client], "{before:?} {client}");
                    prop_assert!(!lost || before[other] > MAX / 4, "{before:?} {client}");
                }
            }
        }
    }

    #[test]
    fn the_least_recently_used_idle_session_ends() {
        let mut sessions = sessions();
        let (client, now): (Arc<str>, _) = ("a".into(), Instant::now());
        let (in_use, _) = sessions.of("0", &client, now, || 0);
        for number in 1..MAX {
            sessions.of(&number.to_string(), &client, now, || number);
        }
        sessions.of("1", &client, now, || panic!("it is kept"));
        let (_, ended) = sessions.of("more", &client, now, || MAX);
        assert_eq!(ended.as_deref(), Some(&2));
        drop(in_use);
        assert_eq!(sessions.end_idle(None).as_deref(), Some(&0));
        assert_eq!(sessions.remove("1").as_deref(), Some(&1));
        // When all are in use, the limit is exceeded temporarily.
        let all: Vec<_> = (100..100 + MAX)
            .map(|number| sessions.of(&number.to_string(), &client, now, || number).0)
            .collect();
        assert!(sessions.of("last", &client, now, || 0).1.is_none());
        assert_eq!(sessions.kept.len(), MAX + 1);
        drop(all);
    }

    /// What happens to sessions, by the second.
    #[derive(Debug)]
    enum Event {
        /// A call of the session begins; it ends at once unless it is held.
        Call(&'static str),
        Hold(&'static str),
        Release,
        /// The expired sessions are ended: these, and the next look is at this second.
        Ends(&'static [&'static str], Option<u64>),
    }

    #[test]
    fn a_session_without_calls_ends() {
        use Event::*;
        let rows: [(&str, &[(u64, Event)]); 5] = [
            (
                "after the time",
                &[
                    (0, Call("a")),
                    (59, Ends(&[], Some(60))),
                    (60, Ends(&["a"], None)),
                ],
            ),
            (
                "counted from the last call",
                &[
                    (0, Call("a")),
                    (30, Call("a")),
                    (60, Ends(&[], Some(90))),
                    (90, Ends(&["a"], None)),
                ],
            ),
            (
                "each by itself",
                &[
                    (0, Call("a")),
                    (10, Call("b")),
                    (65, Ends(&["a"], Some(70))),
                    (70, Ends(&["b"], None)),
                ],
            ),
            (
                "not during a call, however long",
                &[
                    (0, Hold("a")),
                    (100, Ends(&[], Some(160))),
                    (150, Release),
                    (160, Ends(&["a"], None)),
                ],
            ),
            ("none is there", &[(0, Ends(&[], None))]),
        ];
        each_row(rows, |(name, events)| {
            let (client, start): (Arc<str>, _) = ("c".into(), Instant::now());
            let at = |second| start + Duration::from_secs(second);
            let (mut sessions, mut held) = (sessions(), Vec::new());
            for (second, event) in events {
                let now = at(*second);
                match event {
                    Call(id) => {
                        drop(sessions.of(id, &client, now, || *id));
                        sessions.called(id, now);
                    }
                    Hold(id) => held.push(sessions.of(id, &client, now, || *id).0),
                    Release => held.clear(),
                    Ends(expected, next) => {
                        let (ended, then) = sessions.end_expired(now);
                        let ended: Vec<&str> = ended.iter().map(|id| **id).collect();
                        assert_eq!(ended, *expected, "{name} at {second}");
                        assert_eq!(then, next.map(at), "{name} at {second}");
                    }
                }
            }
        });
    }

    #[test]
    fn one_watches_as_long_as_there_are_sessions() {
        let (client, now): (Arc<str>, _) = ("c".into(), Instant::now());
        let mut sessions = sessions();
        sessions.of("a", &client, now, || ());
        assert_eq!(sessions.watch(now), Some(now + IDLE));
        assert_eq!(sessions.watch(now), None);
        assert!(sessions.end_expired(now).1.is_some());
        assert_eq!(sessions.watch(now), None, "it still looks again");
        assert!(sessions.end_expired(now + IDLE).1.is_none());
        assert_eq!(sessions.watch(now), Some(now + IDLE));
        let mut unbounded: Sessions<()> = Sessions::new(MAX, Duration::MAX);
        assert_eq!(unbounded.watch(now), None);
    }
}
