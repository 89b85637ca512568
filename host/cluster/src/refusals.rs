//! Warns of what other nodes send against the rules, without filling the log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two warnings.
const INTERVAL: Duration = Duration::from_secs(1);

/// Counts refusals, and tells when to warn of them.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    warned: Option<Instant>,
    untold: u64,
}

impl Refusals {
    /// Takes note of a refusal. Returns how many there were since the last warning, this one included, if it is time for one.
    pub fn note(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.untold += 1;
        let is_early = |warned: Instant| now.saturating_duration_since(warned) < INTERVAL;
        if state.warned.is_some_and(is_early) {
            return None;
        }
        state.warned = Some(now);
        Some(std::mem::take(&mut state.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_refusals_are_one_warning_with_their_number() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        assert_eq!(refusals.note(now), Some(1));
        for _ in 0..1_000 {
            assert_eq!(refusals.note(now + Duration::from_millis(900)), None);
        }
        assert_eq!(refusals.note(now + INTERVAL), Some(1_001));
    }
}
