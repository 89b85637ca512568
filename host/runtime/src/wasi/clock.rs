//! The monotonic clock of an instance. It stands still while a prepared instance waits for its call: otherwise the call
//! would see when the call before it was made, by whichever client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime_wasi::HostMonotonicClock;

/// A clock that begins at zero. Clones are the same clock.
#[derive(Clone)]
pub(super) struct Clock {
    began: Instant,
    /// The time for which it stood still, in nanoseconds.
    skipped: Arc<AtomicU64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            skipped: Arc::default(),
        }
    }
}

impl Clock {
    /// Lets the clock have stood still for `time`, which has just passed.
    pub fn skip(&self, time: Duration) {
        let more = |skipped: u64| Some(skipped.saturating_add(nanoseconds(time)));
        let _ = self
            .skipped
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let passed = nanoseconds(self.began.elapsed());
        passed.saturating_sub(self.skipped.load(Ordering::Relaxed))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_for_what_is_skipped() {
        let clock = Clock::default();
        let same = clock.clone();
        let waited = clock.began.elapsed();
        clock.skip(waited);
        let (now, passed) = (same.now(), clock.began.elapsed());
        assert!(
            now <= nanoseconds(passed - waited),
            "{now} {passed:?} {waited:?}"
        );
        let far = Duration::from_secs(u64::MAX);
        clock.skip(far);
        assert_eq!(clock.now(), 0);
    }
}
