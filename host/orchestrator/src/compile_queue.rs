//! Who is compiled next: first what was called, in the order of the calls, then the rest in its own order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Compiles so many at once. Clones are the same queue.
#[derive(Clone)]
pub(crate) struct CompileQueue(Arc<Mutex<State>>);

struct State {
    free: usize,
    next: u64,
    waiting: BTreeMap<Rank, oneshot::Sender<Turn>>,
}

/// Sorts what was called before what was not.
type Rank = (bool, u64);

/// Lets one be compiled, until it is dropped.
pub(crate) struct Turn(CompileQueue);

/// One that waits; its place is free again when this is dropped.
struct Place<'a> {
    queue: &'a CompileQueue,
    rank: Rank,
    turn: oneshot::Receiver<Turn>,
}

impl CompileQueue {
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: at_once,
            next: 0,
            waiting: BTreeMap::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn, and goes before those that are not wanted as soon as `wanted` is done.
    pub async fn turn(&self, wanted: impl Future<Output = ()>) -> Option<Turn> {
        let mut place = match self.enter() {
            Ok(turn) => return Some(turn),
            Err(place) => place,
        };
        tokio::select! {
            biased;
            turn = &mut place.turn => return turn.ok(),
            () = wanted => place.advance(),
        }
        (&mut place.turn).await.ok()
    }

    fn enter(&self) -> Result<Turn, Place<'_>> {
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return Ok(Turn(self.clone()));
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
    fn advance(&mut self) {
        let mut state = self.queue.lock();
        // One that is not there has its turn already.
        if let Some(sender) = state.waiting.remove(&self.rank) {
            self.rank = (false, state.next);
            state.next += 1;
            state.waiting.insert(self.rank, sender);
        }
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
        let mut state = self.0.lock();
        let Some((_, next)) = state.waiting.pop_first() else {
            state.free += 1;
            return;
        };
        drop(state);
        // One that was given up meanwhile drops it, and so gives it to the next.
        drop(next.send(Self(self.0.clone())));
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
    async fn what_was_called_goes_first_and_the_rest_in_its_order() {
        let queue = CompileQueue::new(1);
        let held = queue.turn(pending()).await.unwrap();
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
        assert_eq!(queue.lock().free, 1);
    }

    #[tokio::test]
    async fn what_is_given_up_keeps_no_turn() {
        let queue = CompileQueue::new(2);
        let held = [
            queue.turn(pending()).await.unwrap(),
            queue.turn(pending()).await.unwrap(),
        ];
        let mut waits = Box::pin(queue.turn(pending()));
        assert!(waits.as_mut().now_or_never().is_none());
        let mut has_turn = Box::pin(queue.turn(ready(())));
        assert!(has_turn.as_mut().now_or_never().is_none());
        let [one, other] = held;
        drop(one);
        // It has its turn and does not know of it.
        drop(has_turn);
        drop(waits);
        drop(other);
        let state = queue.lock();
        assert_eq!((state.free, state.waiting.len()), (2, 0));
    }
}
