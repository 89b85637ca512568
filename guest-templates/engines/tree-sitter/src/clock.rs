//! How long a call may still work.

use std::time::{Duration, Instant};

/// Time that one call spends at most, so that it answers before the host stops it.
const MOST: Duration = Duration::from_secs(15);
/// Time that an answer needs.
const SPARE: Duration = Duration::from_millis(300);
/// Questions to the clock are that many answers apart.
const EVERY: u32 = 8;

/// A call's clock.
pub struct Clock {
    end: Instant,
    asked: u32,
    over: bool,
}

impl Clock {
    /// Starts it.
    pub fn start() -> Self {
        let left = left().map_or(MOST, |left| left.saturating_sub(SPARE).min(MOST));
        Self {
            end: Instant::now() + left,
            asked: 0,
            over: false,
        }
    }

    /// Says whether the time is up. Cheap.
    pub fn is_over(&mut self) -> bool {
        self.asked = self.asked.wrapping_add(1);
        self.asked % EVERY == 1 && self.is_over_now()
    }

    /// Says whether the time is up, exactly.
    pub fn is_over_now(&mut self) -> bool {
        self.over = self.over || Instant::now() >= self.end;
        self.over
    }

    /// Returns the error of work that had to stop.
    pub fn error(&self, what: &str) -> String {
        format!(
            "time is up: {what}; ask for less, or raise runtime.timeout_ms (a call works for 15 s at most)"
        )
    }
}

/// Returns what the host leaves to this call.
fn left() -> Option<Duration> {
    #[cfg(target_family = "wasm")]
    return crate::luminarys::skill::context::time_left().map(Duration::from_millis);
    #[cfg(not(target_family = "wasm"))]
    None
}
