//! Blocking work on files that may hang, such as those of a network file system whose server is down.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;

/// The time limit for operations on local files.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Runs blocking work with a time limit, and remembers work that hangs. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Bounded(Arc<State>);

#[derive(Default)]
struct State {
    hanging: Mutex<HashSet<PathBuf>>,
    answered: Notify,
}

/// Set by the working thread, read by the waiting task: both under the lock of `hanging`.
struct Finished {
    state: Arc<State>,
    path: PathBuf,
    flag: Arc<Mutex<bool>>,
}

impl Drop for Finished {
    fn drop(&mut self) {
        let mut hanging = self.state.lock();
        *self.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        if hanging.remove(&self.path) {
            self.state.answered.notify_one();
        }
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.hanging.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bounded {
    /// Runs `work` on `path` on a thread for blocking work, and waits for it up to `timeout`.
    ///
    /// Returns `None` if it does not finish in time, and at once while earlier work on `path` still hangs: so one
    /// path blocks at most one thread.
    pub async fn run<T: Send + 'static>(
        &self,
        path: &Path,
        timeout: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.is_hanging(path) {
            return None;
        }
        let flag = Arc::new(Mutex::new(false));
        let finished = Finished {
            state: self.0.clone(),
            path: path.to_owned(),
            flag: flag.clone(),
        };
        let mut done = spawn_blocking(move || {
            let _finished = finished;
            work()
        });
        match tokio::time::timeout(timeout, &mut done).await {
            Ok(Ok(result)) => Some(result),
            // The runtime is shutting down.
            Ok(Err(error)) if error.is_cancelled() => None,
            Ok(Err(error)) => {
                tracing::error!(path = %path.display(), "work on a file failed: {error}");
                None
            }
            Err(_) => {
                let mut hanging = self.0.lock();
                if !*flag.lock().unwrap_or_else(PoisonError::into_inner) {
                    hanging.insert(path.to_owned());
                }
                None
            }
        }
    }

    /// Whether earlier work on `path` still hangs.
    pub fn is_hanging(&self, path: &Path) -> bool {
        self.0.lock().contains(path)
    }

    /// Waits until some work that hung has finished.
    pub async fn answered(&self) {
        self.0.answered.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn a_path_that_hangs_blocks_one_thread() {
        let bounded = Bounded::default();
        let (place, other) = (Path::new("/hangs"), Path::new("/answers"));
        let (let_go, held) = channel::<()>();
        let short = Duration::from_millis(1);
        let hung = bounded.run(place, short, move || held.recv().is_ok());
        assert_eq!(hung.await, None);
        assert!(bounded.is_hanging(place));
        let asked = bounded.run(place, TIMEOUT, || panic!("it is asked again"));
        assert_eq!(asked.await, None::<()>);
        assert_eq!(bounded.run(other, TIMEOUT, || 1).await, Some(1));
        let_go.send(()).unwrap();
        bounded.answered().await;
        assert!(!bounded.is_hanging(place));
        assert_eq!(bounded.run(place, TIMEOUT, || 2).await, Some(2));
    }
}
