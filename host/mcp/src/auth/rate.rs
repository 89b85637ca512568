//! The rate limit of a client: a token bucket.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

/// Seconds in a minute.
const MINUTE: f64 = 60.0;

/// The calls that one client may make: at most a minute's worth in a burst, and evenly after that.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_minute: NonZeroU32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    calls: f64,
    filled: Instant,
}

/// A call over the limit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "this client may make {per_minute} calls a minute (`calls_per_minute` in `http.auth`); try again in {} s",
    seconds(.wait)
)]
pub(crate) struct TooManyCalls {
    per_minute: NonZeroU32,
    /// The time until one more call is allowed.
    wait: Duration,
}

/// Returns whole seconds, at least one.
fn seconds(wait: &Duration) -> u64 {
    (wait.as_secs_f64().ceil() as u64).max(1)
}

impl Bucket {
    /// Creates a full bucket.
    pub fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self {
            per_minute,
            state: Mutex::new(State {
                calls: f64::from(per_minute.get()),
                filled: now,
            }),
        }
    }

    /// Returns the calls allowed in a minute.
    pub fn per_minute(&self) -> NonZeroU32 {
        self.per_minute
    }

    /// Takes one call.
    ///
    /// # Errors
    /// [`TooManyCalls`], with the time until there is room for one.
    pub fn take(&self, now: Instant) -> Result<(), TooManyCalls> {
        let rate = self.rate();
        let mut state = self.fill(now);
        if state.calls >= 1.0 {
            state.calls -= 1.0;
            return Ok(());
        }
        Err(TooManyCalls {
            per_minute: self.per_minute,
            wait: Duration::from_secs_f64((1.0 - state.calls) / rate),
        })
    }

    /// Tells whether the bucket is full again, so that a new one would be the same.
    pub fn is_full(&self, now: Instant) -> bool {
        self.fill(now).calls >= f64::from(self.per_minute.get())
    }

    /// Calls a second.
    fn rate(&self) -> f64 {
        f64::from(self.per_minute.get()) / MINUTE
    }

    fn fill(&self, now: Instant) -> std::sync::MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(state.filled).as_secs_f64();
        state.calls = (state.calls + passed * self.rate()).min(f64::from(self.per_minute.get()));
        state.filled = state.filled.max(now);
        state
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(per_minute: u32, now: Instant) -> Bucket {
        Bucket::new(NonZeroU32::new(per_minute).unwrap(), now)
    }

    #[test]
    fn a_refusal_says_when_to_try_again() {
        let start = Instant::now();
        let bucket = bucket(2, start);
        bucket.take(start).unwrap();
        bucket.take(start).unwrap();
        let refused = bucket.take(start).unwrap_err();
        let text = refused.to_string();
        assert!(
            text.contains("2 calls a minute") && text.contains("in 30 s"),
            "{text}"
        );
        assert!(!bucket.is_full(start));
        bucket
            .take(start + refused.wait + Duration::from_millis(1))
            .unwrap();
        assert!(bucket.is_full(start + Duration::from_secs(120)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// In any span of time no more calls are allowed than the bucket holds and refills, and a client that waits as
        /// long as the refusal says is not refused again.
        #[test]
        fn no_span_of_time_exceeds_the_limit(per_minute in 1_u32..200, pauses in prop::collection::vec(0_u64..20_000, 1..80)) {
            let start = Instant::now();
            let (bucket, mut now) = (bucket(per_minute, start), start);
            let mut taken = Vec::new();
            for pause in pauses {
                now += Duration::from_millis(pause);
                match bucket.take(now) {
                    Ok(()) => taken.push(now),
                    Err(refused) => {
                        now += refused.wait + Duration::from_millis(1);
                        prop_assert_eq!(bucket.take(now), Ok(()));
                        taken.push(now);
                    }
                }
            }
            for (index, from) in taken.iter().enumerate() {
                for (count, to) in taken[index..].iter().enumerate() {
                    let span = to.duration_since(*from).as_secs_f64();
                    let most = f64::from(per_minute) * (1.0 + span / MINUTE) + 0.01;
                    prop_assert!((count + 1) as f64 <= most, "{} in {} s", count + 1, span);
                }
            }
        }
    }
}
