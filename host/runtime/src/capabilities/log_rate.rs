//! The rate limit of one skill's log lines, which would otherwise fill the operator's disk.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The maximum burst, in lines.
const BURST: f64 = 1_000.0;
/// The sustained rate, in lines per second.
const PER_SECOND: f64 = 100.0;

/// The rate limiter of one skill, for all its calls.
#[derive(Debug)]
pub struct LogRate(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    lines: f64,
    filled: Instant,
    suppressed: u64,
}

/// Whether a line is written.
#[derive(Debug, PartialEq)]
enum Admission {
    /// Written; `suppressed` lines before it were not.
    Written { suppressed: u64 },
    /// Suppressed.
    Suppressed,
}

impl Default for LogRate {
    fn default() -> Self {
        Self(Mutex::new(Bucket {
            lines: BURST,
            filled: Instant::now(),
            suppressed: 0,
        }))
    }
}

impl LogRate {
    /// Returns whether a line of `skill` may be written, and logs the number of suppressed lines.
    pub fn admit_line(&self, skill: &str) -> bool {
        match self.admit_at(Instant::now()) {
            Admission::Suppressed => false,
            Admission::Written { suppressed } => {
                if suppressed > 0 {
                    tracing::warn!(
                        skill,
                        suppressed,
                        "log rate exceeded; lines were suppressed"
                    );
                }
                true
            }
        }
    }

    fn admit_at(&self, now: Instant) -> Admission {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.lines = (bucket.lines + passed * PER_SECOND).min(BURST);
        bucket.filled = now;
        if bucket.lines < 1.0 {
            bucket.suppressed += 1;
            return Admission::Suppressed;
        }
        bucket.lines -= 1.0;
        Admission::Written {
            suppressed: std::mem::take(&mut bucket.suppressed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_flood_is_suppressed_and_counted() {
        let (rate, start) = (LogRate::default(), Instant::now());
        let written = |now| matches!(rate.admit_at(now), Admission::Written { .. });
        let count = (0..5_000).filter(|_| written(start)).count();
        assert_eq!(count, 1_000);
        let later = start + Duration::from_secs(1);
        assert_eq!(
            rate.admit_at(later),
            Admission::Written { suppressed: 4_000 }
        );
        assert_eq!((0..200).filter(|_| written(later)).count(), 99);
    }
}
