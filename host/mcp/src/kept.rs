//! Results that are too long to be shown, kept for some minutes for the session they belong to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use luminarys_text::hexadecimal;

/// How long a result is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// The maximum number of bytes kept, for one owner and in all.
const OWNER_BYTES: usize = 32 << 20;
const ALL_BYTES: usize = 128 << 20;

/// The maximum number of results kept for one owner.
const OWNER_RESULTS: usize = 32;

const SCHEME: &str = "luminarys://results/";

/// The results of all sessions. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct KeptResults(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The oldest first, which is the order in which they expire.
    results: VecDeque<KeptResult>,
    /// Whether a task waits to remove what expires.
    is_swept: bool,
}

/// A result.
#[derive(Clone)]
pub(crate) struct KeptResult {
    /// Random, so that it cannot be guessed.
    id: Arc<str>,
    /// The session or client that it belongs to.
    owner: Arc<str>,
    /// The tool that returned it.
    pub tool: Arc<str>,
    pub text: Arc<str>,
    /// The media type of the text.
    pub kind: &'static str,
    until: Instant,
}

impl KeptResult {
    /// Returns the URI of the text after the first `from` characters.
    pub fn uri(&self, from: usize) -> String {
        format!("{SCHEME}{}?from={from}", self.id)
    }
}

impl KeptResults {
    /// Keeps `text`, a result of `tool`; the oldest make room. Returns `None` if it is too large, or the system has no
    /// random numbers. Must be called within a Tokio runtime.
    pub fn keep(
        &self,
        owner: &str,
        tool: &str,
        text: String,
        kind: &'static str,
    ) -> Option<KeptResult> {
        if text.len() > OWNER_BYTES {
            return None;
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let result = KeptResult {
            id: hexadecimal(&id).into(),
            owner: owner.into(),
            tool: tool.into(),
            text: text.into(),
            kind,
            until: Instant::now() + KEPT_FOR,
        };
        let mut state = self.lock();
        state.results.push_back(result.clone());
        make_room(&mut state.results, owner);
        if !std::mem::replace(&mut state.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.0), result.until));
        }
        Some(result)
    }

    /// Returns the results of `owner`, the oldest first.
    pub fn of(&self, owner: &str) -> Vec<KeptResult> {
        let mut state = self.lock();
        remove_expired(&mut state.results, Instant::now());
        let own = state.results.iter().filter(|one| *one.owner == *owner);
        own.cloned().collect()
    }

    /// Returns the result that `uri` names, and the offset of the requested part in characters; `None` for
    /// one that does not exist or belongs to another owner.
    pub fn find(&self, owner: &str, uri: &str) -> Option<(KeptResult, usize)> {
        let rest = uri.strip_prefix(SCHEME)?;
        let (id, from) = match rest.split_once('?') {
            None => (rest, 0),
            Some((id, query)) => (id, query.strip_prefix("from=")?.parse().ok()?),
        };
        let state = self.lock();
        let now = Instant::now();
        let mut results = state.results.iter();
        let found = results.find(|one| *one.id == *id && one.until > now)?;
        let is_own = *found.owner == *owner;
        is_own.then(|| (found.clone(), from))
    }

    /// Removes what has expired at `now`, and returns when the next result expires. With none left the task ends, and
    /// the next result that is kept starts another.
    fn sweep(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        remove_expired(&mut state.results, now);
        let next = state.results.front().map(|oldest| oldest.until);
        state.is_swept = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes results as they expire until none is left, the first at `next`: one task for all results.
async fn sweep(results: Weak<Mutex<State>>, mut next: Instant) {
    loop {
        tokio::time::sleep_until(next.into()).await;
        let swept = results.upgrade().map(KeptResults);
        match swept.and_then(|results| results.sweep(Instant::now())) {
            Some(expiry) => next = expiry,
            None => return,
        }
    }
}

fn remove_expired(results: &mut VecDeque<KeptResult>, now: Instant) {
    results.retain(|one| one.until > now);
}

/// Removes the oldest results of `owner` until it is within its share, then the oldest of the owners that have most.
fn make_room(all: &mut VecDeque<KeptResult>, owner: &str) {
    remove_expired(all, Instant::now());
    let held = |all: &VecDeque<KeptResult>, owner: &str| {
        let own = all.iter().filter(|one| *one.owner == *owner);
        own.fold((0, 0), |(count, bytes), one| {
            (count + 1, bytes + one.text.len())
        })
    };
    let remove = |all: &mut VecDeque<KeptResult>, owner: &str| {
        let oldest = all.iter().position(|one| *one.owner == *owner);
        oldest.is_some_and(|at| all.remove(at).is_some())
    };
    loop {
        let (count, bytes) = held(all, owner);
        if (count <= OWNER_RESULTS && bytes <= OWNER_BYTES) || !remove(all, owner) {
            break;
        }
    }
    while all.iter().map(|one| one.text.len()).sum::<usize>() > ALL_BYTES {
        let owners: Vec<Arc<str>> = all.iter().map(|one| one.owner.clone()).collect();
        let most = owners.into_iter().max_by_key(|owner| held(all, owner).1);
        if !most.is_some_and(|most| remove(all, &most)) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[tokio::test]
    async fn results_belong_to_their_owner() {
        let results = KeptResults::default();
        let keep = |owner| {
            results
                .keep(owner, "t", "text".to_owned(), "text/plain")
                .unwrap()
        };
        let (own, other) = (keep("a"), keep("b"));
        let rows = [
            ("a", own.uri(0), true),
            ("a", own.uri(2), true),
            ("b", own.uri(0), false),
            ("", own.uri(0), false),
            ("b", other.uri(0), true),
            ("a", other.uri(0), false),
            ("a", own.uri(0).replace("luminarys", "file"), false),
            ("a", own.uri(0).replace("from=0", "from=-1"), false),
            ("a", own.uri(0).replace("from=0", "to=1"), false),
            ("a", format!("{SCHEME}0"), false),
            ("a", String::new(), false),
        ];
        each_row(rows, |(owner, uri, is_found)| {
            assert_eq!(
                results.find(owner, &uri).is_some(),
                is_found,
                "{owner} {uri}"
            );
        });
        assert_eq!(results.of("a").len(), 1);
        assert_eq!(results.find("a", &own.uri(2)).unwrap().1, 2);
    }

    #[tokio::test]
    async fn kept_results_are_bounded() {
        let results = KeptResults::default();
        let mebibyte = || "x".repeat(1 << 20);
        let first = results
            .keep("quiet", "t", mebibyte(), "text/plain")
            .unwrap();
        for owner in 0..10 {
            for _ in 0..40 {
                results
                    .keep(&owner.to_string(), "t", mebibyte(), "text/plain")
                    .unwrap();
            }
            assert!((1..=32).contains(&results.of(&owner.to_string()).len()));
        }
        assert_eq!(results.lock().results.len(), 128);
        // The owners that have most make room for others.
        assert!(results.find("quiet", &first.uri(0)).is_some());
        assert!(
            results
                .keep("a", "t", "x".repeat(33 << 20), "text/plain")
                .is_none()
        );
        for _ in 0..100 {
            results
                .keep("small", "t", "x".to_owned(), "text/plain")
                .unwrap();
        }
        assert_eq!(results.of("small").len(), 32);
    }

    #[tokio::test]
    async fn one_task_removes_all_results_as_they_expire() {
        let results = KeptResults::default();
        let keep = || results.keep("a", "t", "text".to_owned(), "text/plain");
        let tasks = || {
            tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks()
        };
        let before = tasks();
        let first = keep().unwrap();
        let others: Vec<_> = (0..20).map(|_| keep().unwrap()).collect();
        assert_eq!(tasks(), before + 1);
        let last = others.last().unwrap();
        let next = results.sweep(first.until).unwrap();
        assert!(first.until < next && next <= last.until);
        assert!(results.of("a").iter().all(|one| one.id != first.id));
        assert_eq!(results.sweep(last.until), None);
        assert!(results.of("a").is_empty());
        // The one task has come to its end; another begins with the next result.
        assert!(!results.lock().is_swept);
        keep().unwrap();
        assert!(results.lock().is_swept);
    }
}
