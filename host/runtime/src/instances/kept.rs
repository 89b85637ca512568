//! Shares the instances of sessions between calls, and ends those that are idle.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::sessions::Sessions;

/// The slots of sessions. What is removed must be dropped outside of the lock.
pub(super) struct Kept<T>(Arc<Mutex<Sessions<T>>>);

impl<T: Send + Sync + 'static> Kept<T> {
    pub fn new(max_sessions: u32, idle: Duration) -> Self {
        let max = usize::try_from(max_sessions).unwrap_or(usize::MAX);
        Self(Arc::new(Mutex::new(Sessions::new(max, idle))))
    }

    pub fn lock(&self) -> MutexGuard<'_, Sessions<T>> {
        lock(&self.0)
    }

    /// Returns the slot of the session `id` of `client`, creating it if absent, for a call that ends when the second is
    /// dropped.
    pub fn of(
        &self,
        id: &str,
        client: &Arc<str>,
        make: impl FnOnce() -> T,
    ) -> (Arc<T>, Calling<T>) {
        let now = Instant::now();
        let mut kept = self.lock();
        let (slot, ended) = kept.of(id, client, now, make);
        let watch = kept.watch(now);
        drop(kept);
        drop(ended);
        if let Some(first) = watch {
            tokio::spawn(end_expired(Arc::downgrade(&self.0), first));
        }
        let calling = Calling {
            kept: self.0.clone(),
            session: id.to_owned(),
        };
        (slot, calling)
    }
}

fn lock<T>(kept: &Mutex<Sessions<T>>) -> MutexGuard<'_, Sessions<T>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the instances of sessions without calls, until there is no session.
async fn end_expired<T>(kept: Weak<Mutex<Sessions<T>>>, first: Instant) {
    let mut next = Some(first);
    while let Some(then) = next {
        tokio::time::sleep_until(then.into()).await;
        let Some(kept) = kept.upgrade() else { return };
        let (ended, later) = lock(&kept).end_expired(Instant::now());
        drop(ended);
        next = later;
    }
}

/// A call of a session: notes its end when it is dropped, however the call ends.
pub(super) struct Calling<T> {
    kept: Arc<Mutex<Sessions<T>>>,
    session: String,
}

impl<T> Drop for Calling<T> {
    fn drop(&mut self) {
        lock(&self.kept).called(&self.session, Instant::now());
    }
}
