//! The CPU time of a call: in the skill, and in the host's work for it on the same thread. It excludes waiting, the CPU
//! time of other skills' calls, which they count themselves, and work on other threads, which `max_blocking` bounds.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

thread_local! {
    /// The CPU time of metered futures on this thread, in nanoseconds: outer metered futures do not count it again.
    static METERED: Cell<u64> = const { Cell::new(0) };
}

/// The CPU time of a call. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct CpuMeter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The CPU time of completed polls, in nanoseconds.
    spent: AtomicU64,
    /// The value of [`own_time`] at the start of the current poll.
    since: AtomicU64,
}

impl CpuMeter {
    /// Returns the CPU time of the call. Must be called within a future that [`CpuMeter::measure`] polls.
    pub fn spent(&self) -> Duration {
        let running = own_time().saturating_sub(self.0.since.load(Ordering::Relaxed));
        Duration::from_nanos(self.0.spent.load(Ordering::Relaxed) + running)
    }

    /// Measures the CPU time of `work`.
    pub async fn measure<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        std::future::poll_fn(|context| self.poll(work.as_mut(), context)).await
    }

    fn poll<T>(
        &self,
        work: Pin<&mut impl Future<Output = T>>,
        context: &mut Context<'_>,
    ) -> Poll<T> {
        let (began, metered) = (processor_time(), METERED.get());
        self.0
            .since
            .store(began.saturating_sub(metered), Ordering::Relaxed);
        let polled = work.poll(context);
        let all = processor_time().saturating_sub(began);
        let inner = METERED.get() - metered;
        let own = all.saturating_sub(inner);
        self.0.spent.fetch_add(own, Ordering::Relaxed);
        METERED.set(metered + all.max(inner));
        polled
    }
}

/// Returns the CPU time of this thread without that of completed polls of metered futures, in nanoseconds.
fn own_time() -> u64 {
    processor_time().saturating_sub(METERED.get())
}

/// Returns the CPU time of this thread, in nanoseconds.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = time.tv_sec.cast_unsigned().saturating_mul(1_000_000_000);
    nanoseconds.saturating_add(time.tv_nsec.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Busy-waits until this thread has used `time` more CPU time.
    fn compute(time: Duration) {
        let end = processor_time() + u64::try_from(time.as_nanos()).unwrap();
        while processor_time() < end {
            std::hint::black_box(0);
        }
    }

    const PART: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn computing_is_counted_and_waiting_is_not() {
        let meter = CpuMeter::default();
        let work = async {
            for _ in 0..3 {
                compute(PART);
                tokio::time::sleep(5 * PART).await;
            }
            meter.spent()
        };
        let spent = meter.measure(work).await;
        assert!((3 * PART..6 * PART).contains(&spent), "{spent:?}");
    }

    #[tokio::test]
    async fn the_cpu_time_of_another_call_is_its_own() {
        let (outer, inner) = (CpuMeter::default(), CpuMeter::default());
        let other = async {
            compute(5 * PART);
            tokio::task::yield_now().await;
            compute(5 * PART);
            inner.spent()
        };
        let work = async {
            compute(PART);
            let other = inner.measure(other).await;
            compute(PART);
            (outer.spent(), other)
        };
        let (own, other) = outer.measure(work).await;
        assert!((2 * PART..4 * PART).contains(&own), "{own:?}");
        assert!((10 * PART..12 * PART).contains(&other), "{other:?}");
    }
}
