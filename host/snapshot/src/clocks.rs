//! Clocks that are the same at every snapshot.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// Stands at the start of 1980, the earliest time that archives can name.
pub(crate) struct WallClock;

const TIME: Duration = Duration::from_secs(315_532_800);

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        TIME
    }
}

/// Advances by a millisecond whenever it is read, so that what waits for it in a loop ends.
#[derive(Default)]
pub(crate) struct MonotonicClock(AtomicU64);

const STEP: u64 = 1_000_000;

impl HostMonotonicClock for MonotonicClock {
    fn resolution(&self) -> u64 {
        STEP
    }

    fn now(&self) -> u64 {
        self.0.fetch_add(STEP, Ordering::Relaxed)
    }
}
