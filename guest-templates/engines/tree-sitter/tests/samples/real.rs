//! The instances that are kept for sessions: a limited number, shared fairly by clients.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Maximum number of sessions of one skill with a kept instance.
const MAX: usize = 64;

/// The slots of sessions, by session id.
pub(super) struct Sessions<T> {
    kept: HashMap<String, Session<T>>,
    /// A counter that grows with each use.
    uses: u64,
}

struct Session<T> {
    /// The slot, shared with the calls that use it.
    place: Arc<T>,
    client: Arc<str>,
    used: u64,
}

impl<T> Default for Sessions<T> {
    fn default() -> Self {
        Self {
            kept: HashMap::new(),
            uses: 0,
        }
    }
}

impl<T> Sessions<T> {
    /// Returns the slot of the session `id` of `client`, creating it if absent. At the limit it replaces another
    /// session's slot, which is also returned, to be dropped.
    pub fn of(
        &mut self,
        id: &str,
        client: &Arc<str>,
        make: impl FnOnce() -> T,
    ) -> (Arc<T>, Option<Arc<T>>) {
        self.uses += 1;
        if let Some(session) = self.kept.get_mut(id) {
            session.used = self.uses;
            return (session.place.clone(), None);
        }
        let ended = match self.kept.len() < MAX {
            true => None,
            false => self.end_idle(Some(client)),
        };
        let place = Arc::new(make());
        let session = Session {
            place: place.clone(),
            client: client.clone(),
            used: self.uses,
        };
        self.kept.insert(id.to_owned(), session);
        (place, ended)
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
    use proptest::prelude::*;

    use super::*;

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
            let mut sessions = Sessions::default();
            let mut in_use = Vec::new();
            for (client, session) in arrivals {
                let before = counts(&sessions);
                let name: Arc<str> = client.to_string().into();
                let (place, ended) = sessions.of(&format!("{client}/{session}"), &name, || ());
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
        let mut sessions = Sessions::default();
        let client: Arc<str> = "a".into();
        let (in_use, _) = sessions.of("0", &client, || 0);
        for number in 1..MAX {
            sessions.of(&number.to_string(), &client, || number);
        }
        sessions.of("1", &client, || panic!("it is kept"));
        let (_, ended) = sessions.of("more", &client, || MAX);
        assert_eq!(ended.as_deref(), Some(&2));
        drop(in_use);
        assert_eq!(sessions.end_idle(None).as_deref(), Some(&0));
        assert_eq!(sessions.remove("1").as_deref(), Some(&1));
        // When all are in use, the limit is exceeded temporarily.
        let all: Vec<_> = (100..100 + MAX)
            .map(|number| sessions.of(&number.to_string(), &client, || number).0)
            .collect();
        assert!(sessions.of("last", &client, || 0).1.is_none());
        assert_eq!(sessions.kept.len(), MAX + 1);
        drop(all);
    }
}
