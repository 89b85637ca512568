//! Results that were too long to be shown, kept for some minutes for the session they belong to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::client::hexadecimal;

/// How long a result is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// The most bytes that are kept, of one owner and of all.
const OWNER_BYTES: usize = 32 << 20;
const ALL_BYTES: usize = 128 << 20;

/// The most results that are kept of one owner.
const OWNER_RESULTS: usize = 32;

const SCHEME: &str = "luminarys://results/";

/// The results of all sessions. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct KeptResults(Arc<Mutex<VecDeque<KeptResult>>>);

/// A result.
#[derive(Clone)]
pub(crate) struct KeptResult {
    /// Random, so that nobody finds another's.
    id: Arc<str>,
    /// The session or client that it belongs to.
    owner: Arc<str>,
    /// The tool that it is of.
    pub tool: Arc<str>,
    pub text: Arc<str>,
    /// The media type of the text.
    pub kind: &'static str,
    until: Instant,
}

impl KeptResult {
    /// Returns the URI of what follows the first `from` characters.
    pub fn uri(&self, from: usize) -> String {
        format!("{SCHEME}{}?from={from}", self.id)
    }
}

impl KeptResults {
    /// Keeps `text`, a result of `tool`; the oldest make room. None where it is too large, or the system has no random
    /// numbers. Must be called within a Tokio runtime.
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
        let mut all = self.lock();
        all.push_back(result.clone());
        make_room(&mut all, owner);
        drop(all);
        let results = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(KEPT_FOR).await;
            if let Some(results) = results.upgrade() {
                Self(results).of("");
            }
        });
        Some(result)
    }

    /// Returns those of `owner`, the oldest first.
    pub fn of(&self, owner: &str) -> Vec<KeptResult> {
        let mut all = self.lock();
        let now = Instant::now();
        all.retain(|one| one.until > now);
        let own = all.iter().filter(|one| *one.owner == *owner);
        own.cloned().collect()
    }

    /// Returns the result that `uri` names, and how many of its characters come before the part that is asked for; none for
    /// what is not there or belongs to another.
    pub fn find(&self, owner: &str, uri: &str) -> Option<(KeptResult, usize)> {
        let rest = uri.strip_prefix(SCHEME)?;
        let (id, from) = match rest.split_once('?') {
            None => (rest, 0),
            Some((id, query)) => (id, query.strip_prefix("from=")?.parse().ok()?),
        };
        let all = self.lock();
        let now = Instant::now();
        let found = all.iter().find(|one| *one.id == *id && one.until > now)?;
        let is_own = *found.owner == *owner;
        is_own.then(|| (found.clone(), from))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<KeptResult>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the oldest of `owner` until it has its share, then the oldest of those who have most.
fn make_room(all: &mut VecDeque<KeptResult>, owner: &str) {
    let now = Instant::now();
    all.retain(|one| one.until > now);
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
        for (owner, uri, is_found) in [
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
        ] {
            assert_eq!(
                results.find(owner, &uri).is_some(),
                is_found,
                "{owner} {uri}"
            );
        }
        assert_eq!(results.of("a").len(), 1);
        assert_eq!(results.find("a", &own.uri(2)).unwrap().1, 2);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
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
        assert_eq!(results.lock().len(), 128);
        // Those who have most make room for others.
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
}
