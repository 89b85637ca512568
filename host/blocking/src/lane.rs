//! The threads of one skill, or of the host for one purpose.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::JoinError;

/// The threads for blocking work that the process's tokio runtime must have (`max_blocking_threads`).
pub const BLOCKING_THREADS: usize = 512;

/// Threads reserved for the host.
const RESERVED: usize = 128;

/// The threads of all skills together. A static, since threads belong to the process.
static SKILLS: Semaphore = Semaphore::const_new(BLOCKING_THREADS - RESERVED);

/// The threads that one skill, or the host for one purpose, may use at once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lane {
    own: Arc<Semaphore>,
    all: Option<&'static Semaphore>,
}

/// Blocking work has no result.
#[derive(Debug, Error)]
pub enum BlockingError {
    /// The work panicked.
    #[error("the work failed: {0}")]
    Failed(#[source] JoinError),
    /// The host is ending.
    #[error("the host is ending and starts no more work")]
    Closed(#[from] AcquireError),
}

/// A place for one thread in a lane, until it is dropped.
#[derive(Debug)]
pub struct Place {
    _own: OwnedSemaphorePermit,
    _all: Option<SemaphorePermit<'static>>,
}

impl Lane {
    /// Returns a skill's lane of `threads` threads, at least one.
    pub fn of_skill(threads: u32) -> Self {
        Self {
            all: Some(&SKILLS),
            ..Self::of_host(threads)
        }
    }

    /// Returns a lane of the host's own, which skills do not share.
    pub fn of_host(threads: u32) -> Self {
        let threads = usize::try_from(threads).unwrap_or(usize::MAX);
        Self {
            own: Arc::new(Semaphore::new(threads.clamp(1, BLOCKING_THREADS))),
            all: None,
        }
    }

    /// Runs `work` on a thread that may block, once the lane has a free one. When the future is dropped before that, the work
    /// never starts; when it is dropped later, the work goes on and keeps its thread.
    ///
    /// # Errors
    /// [`BlockingError::Failed`] when the work panics, [`BlockingError::Closed`] when the host is ending.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BlockingError> {
        let place = self.place().await?;
        #[expect(clippy::disallowed_methods, reason = "the one place")]
        let running = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        running.await.map_err(BlockingError::Failed)
    }

    /// Waits for a place for work that a library runs on a blocking thread of its own choice.
    ///
    /// # Errors
    /// [`BlockingError::Closed`] when the host is ending.
    pub async fn place(&self) -> Result<Place, BlockingError> {
        // In this order, so that a skill queues for the shared threads with no more work than its own lane has.
        let own = self.own.clone().acquire_owned().await?;
        let all = match self.all {
            Some(all) => Some(all.acquire().await?),
            None => None,
        };
        Ok(Place {
            _own: own,
            _all: all,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn lane(own: u32, all: usize) -> Lane {
        Lane {
            all: Some(Box::leak(Box::new(Semaphore::new(all)))),
            ..Lane::of_host(own)
        }
    }

    fn tokio() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn work_that_never_ends_occupies_only_its_skills_threads() {
        tokio().block_on(async {
            let hostile = lane(4, 8);
            let other = Lane {
                all: hostile.all,
                ..Lane::of_host(4)
            };
            let (release, blocked) = mpsc::channel::<()>();
            let blocked = Arc::new(std::sync::Mutex::new(blocked));
            let mut calls = Vec::new();
            for _ in 0..600 {
                let (lane, blocked) = (hostile.clone(), blocked.clone());
                calls.push(tokio::spawn(async move {
                    lane.run(move || blocked.lock().unwrap().recv().is_err())
                        .await
                }));
            }
            while hostile.own.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(other.run(|| 7).await.unwrap(), 7);
            assert_eq!(Lane::of_host(1).run(|| 8).await.unwrap(), 8);
            // Cancelled calls give the skill no more threads.
            for call in &calls {
                call.abort();
            }
            for call in calls {
                assert!(call.await.unwrap_err().is_cancelled());
            }
            assert_eq!(hostile.own.available_permits(), 0);
            assert_eq!(other.run(|| 9).await.unwrap(), 9);
            drop(release);
            assert_eq!(hostile.run(|| 10).await.unwrap(), 10);
        });
    }

    #[test]
    fn a_panic_gives_its_thread_back() {
        tokio().block_on(async {
            let lane = lane(1, 1);
            let failed = lane.run(|| panic!("on purpose")).await;
            assert!(matches!(failed, Err(BlockingError::Failed(_))));
            assert_eq!(lane.run(|| 1).await.unwrap(), 1);
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

        /// However much skills ask for at once, none uses more threads than its own, nor all together more than the shared ones,
        /// and all work is done in the end.
        #[test]
        fn no_lane_has_more_than_its_threads(
            all in 1_usize..6,
            skills in prop::collection::vec((1_u32..4, 0_usize..12), 1..5),
        ) {
            let (most, done) = tokio().block_on(async {
                let shared: &'static Semaphore = Box::leak(Box::new(Semaphore::new(all)));
                let running = Arc::new(AtomicUsize::new(0));
                let mut calls = Vec::new();
                for (threads, works) in &skills {
                    let lane = Lane { all: Some(shared), ..Lane::of_host(*threads) };
                    let own = Arc::new(AtomicUsize::new(0));
                    for _ in 0..*works {
                        let (lane, own, running) = (lane.clone(), own.clone(), running.clone());
                        let threads = *threads as usize;
                        calls.push(tokio::spawn(async move {
                            lane.run(move || {
                                let together = running.fetch_add(1, Ordering::SeqCst) + 1;
                                let mine = own.fetch_add(1, Ordering::SeqCst) + 1;
                                std::thread::sleep(Duration::from_micros(50));
                                own.fetch_sub(1, Ordering::SeqCst);
                                running.fetch_sub(1, Ordering::SeqCst);
                                (together, mine <= threads)
                            })
                            .await
                        }));
                    }
                }
                let (mut most, mut done) = (0, 0);
                for call in calls {
                    let (together, within) = call.await.unwrap().unwrap();
                    assert!(within);
                    most = most.max(together);
                    done += 1;
                }
                (most, done)
            });
            prop_assert!(most <= all);
            prop_assert_eq!(done, skills.iter().map(|(_, works)| works).sum::<usize>());
        }
    }
}
