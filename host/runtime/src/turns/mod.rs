//! Places that calls take turns in. Waiting calls are served in rotation by client and by session, so that a client
//! with many calls delays the others by one call at a time. A wait that would never end, because the holders of the
//! places wait for the waiting call, is rejected at once.
//!
//! - `board`: the holders and waiting calls of all places of a host; `deadlock`: deadlock detection
//! - `state`: the state of a board; `rotation`: waiting calls, by client and session

mod board;
mod deadlock;
mod rotation;
mod state;

use tokio::sync::oneshot;

pub(crate) use board::Board;
use board::Entry;
pub use deadlock::Deadlock;
pub(crate) use rotation::Party;
pub(crate) use state::CallId;
use state::PlaceId;

/// A call that waits, with its parent and its party.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    /// The call.
    pub call: CallId,
    /// The call that waits for this one.
    pub parent: Option<CallId>,
    /// The party that it is made for.
    pub party: Party,
}

/// The places of one skill, which calls take turns in.
pub(crate) struct Turns {
    board: Board,
    id: PlaceId,
}

impl Turns {
    /// Creates the places of `skill` on a host's board.
    pub fn new(board: &Board, skill: &str, places: u32) -> Self {
        Self {
            board: board.clone(),
            id: board.add(skill, places.max(1)),
        }
    }

    /// Waits for a place. Dropping the future cancels the wait.
    ///
    /// # Errors
    /// [`Deadlock`] when the wait would never end.
    pub async fn take(&self, waiter: &Waiter) -> Result<Turn, Deadlock> {
        let (sender, receiver) = oneshot::channel();
        let turn = || Turn {
            board: self.board.clone(),
            id: self.id,
            call: waiter.call,
        };
        match self.board.enter(self.id, waiter, sender)? {
            Entry::Taken => Ok(turn()),
            Entry::Waits => {
                // Cancels the wait when this future is dropped, and releases a place that was granted meanwhile.
                let turn = turn();
                // The board keeps the sender until it grants the place.
                let _ = receiver.await;
                Ok(turn)
            }
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.board.remove(self.id);
    }
}

/// A held place or a wait for one, until dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    board: Board,
    id: PlaceId,
    call: CallId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.board.leave(self.id, self.call);
    }
}

#[cfg(test)]
mod tests;
