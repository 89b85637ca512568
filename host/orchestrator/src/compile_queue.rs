//! The order of compilation: first the packages that were called, in the order of the calls, then the rest in order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// A queue for a number of compilers, with a spare one for packages that were called: a call of a small skill does not
/// wait for large packages that were not called. Clones share the queue.
#[derive(Clone)]
pub(crate) struct CompileQueue(Arc<Mutex<State>>);

struct State {
    /// Idle compilers.
    free: usize,
    /// Whether the spare compiler is idle.
    spare: bool,
    next: u64,
    waiting: BTreeMap<Rank, oneshot::Sender<Turn>>,
}

/// Sorts packages that were called before those that were not.
type Rank = (bool, u64);

/// Permission to compile one package, until it is dropped.
pub(crate) struct Turn {
    queue: CompileQueue,
    is_spare: bool,
}

/// A waiting package, removed from the queue when dropped.
struct Place<'a> {
    queue: &'a CompileQueue,
    rank: Rank,
    turn: oneshot::Receiver<Turn>,
}

impl CompileQueue {
    /// Makes a queue for `at_once` compilers and the spare one.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: at_once,
            spare: true,
            next: 0,
            waiting: BTreeMap::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, is_spare: bool) -> Turn {
        Turn {
            queue: self.clone(),
            is_spare,
        }
    }

    /// Waits for a turn, with priority once `called` is done.
    pub async fn turn(&self, called: impl Future<Output = ()>) -> Option<Turn> {
        let mut place = match self.enter() {
            Ok(turn) => return Some(turn),
            Err(place) => place,
        };
        tokio::select! {
            biased;
            turn = &mut place.turn => return turn.ok(),
            () = called => place.advance(),
        }
        (&mut place.turn).await.ok()
    }

    fn enter(&self) -> Result<Turn, Place<'_>> {
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return Ok(self.give(false));
        }
        let (sender, turn) = oneshot::channel();
        let rank = (true, state.next);
        state.next += 1;
        state.waiting.insert(rank, sender);
        Err(Place {
            queue: self,
            rank,
            turn,
        })
    }
}

impl Place<'_> {
    /// Moves the package before those that were not called, or gives it the spare compiler.
    fn advance(&mut self) {
        let mut state = self.queue.lock();
        // A missing one has its turn already.
        let Some(sender) = state.waiting.remove(&self.rank) else {
            return;
        };
        if std::mem::take(&mut state.spare) {
            drop(state);
            drop(sender.send(self.queue.give(true)));
            return;
        }
        self.rank = (false, state.next);
        state.next += 1;
        state.waiting.insert(self.rank, sender);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        let given_up = state.waiting.remove(&self.rank);
        drop(state);
        drop(given_up);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        let first = state.waiting.first_entry();
        let Some(next) = first.filter(|first| !self.is_spare || !first.key().0) else {
            match self.is_spare {
                true => state.spare = true,
                false => state.free += 1,
            }
            return;
        };
        let next = next.remove();
        drop(state);
        // A cancelled one drops it, and so passes it on to the next.
        drop(next.send(self.queue.give(self.is_spare)));
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use futures::FutureExt as _;
    use tokio::sync::oneshot::channel;

    use super::*;

    #[tokio::test]
    async fn called_packages_go_first_and_the_rest_in_order() {
        let queue = CompileQueue::new(1);
        let held = queue.turn(pending()).await.unwrap();
        let spare = queue.turn(ready(())).await.unwrap();
        let (called, wanted) = channel::<()>();
        let wanted = async { drop(wanted.await) };
        let mut first = pin!(queue.turn(pending()));
        let mut second = pin!(queue.turn(pending()));
        let mut third = pin!(queue.turn(wanted));
        let mut fourth = pin!(queue.turn(ready(())));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        assert!(fourth.as_mut().now_or_never().is_none());
        called.send(()).unwrap();
        assert!(third.as_mut().now_or_never().is_none());
        drop(held);
        assert!(first.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(fourth.as_mut().now_or_never().unwrap().unwrap());
        assert!(first.as_mut().now_or_never().is_none());
        let turn = third.as_mut().now_or_never().unwrap();
        drop(turn);
        assert!(second.as_mut().now_or_never().is_none());
        drop(first.as_mut().now_or_never().unwrap().unwrap());
        drop(second.as_mut().now_or_never().unwrap().unwrap());
        drop(spare);
        let state = queue.lock();
        assert_eq!((state.free, state.spare), (1, true));
    }

    #[tokio::test]
    async fn the_spare_compiler_is_for_called_packages() {
        let queue = CompileQueue::new(1);
        let held = queue.turn(pending()).await.unwrap();
        let mut uncalled = pin!(queue.turn(pending()));
        assert!(uncalled.as_mut().now_or_never().is_none());
        // A package that is called does not wait for the one that is being compiled.
        let spare = queue.turn(ready(())).now_or_never().unwrap().unwrap();
        let mut second = pin!(queue.turn(ready(())));
        assert!(second.as_mut().now_or_never().is_none());
        drop(spare);
        assert!(uncalled.as_mut().now_or_never().is_none());
        let spare = second.as_mut().now_or_never().unwrap().unwrap();
        drop(spare);
        assert!(uncalled.as_mut().now_or_never().is_none());
        drop(held);
        drop(uncalled.as_mut().now_or_never().unwrap().unwrap());
        let state = queue.lock();
        assert_eq!((state.free, state.spare), (1, true));
    }

    #[tokio::test]
    async fn a_cancelled_wait_keeps_no_turn() {
        let queue = CompileQueue::new(2);
        let held = [
            queue.turn(pending()).await.unwrap(),
            queue.turn(pending()).await.unwrap(),
        ];
        let spare = queue.turn(ready(())).await.unwrap();
        let mut waits = Box::pin(queue.turn(pending()));
        assert!(waits.as_mut().now_or_never().is_none());
        let mut has_turn = Box::pin(queue.turn(ready(())));
        assert!(has_turn.as_mut().now_or_never().is_none());
        let [one, other] = held;
        drop(one);
        // It was given a turn and dropped before noticing.
        drop(has_turn);
        drop(waits);
        drop(other);
        // The same with the spare compiler.
        let mut has_spare = Box::pin(queue.turn(ready(())));
        let turns = [
            has_spare.as_mut().now_or_never().unwrap().unwrap(),
            queue.turn(pending()).await.unwrap(),
        ];
        let mut has_spare = Box::pin(queue.turn(ready(())));
        assert!(has_spare.as_mut().now_or_never().is_none());
        drop(spare);
        drop(has_spare);
        drop(turns);
        let state = queue.lock();
        assert_eq!((state.free, state.spare, state.waiting.len()), (2, true, 0));
    }
}
