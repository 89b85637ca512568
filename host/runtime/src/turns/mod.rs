//! Places that calls take turns in. Whoever waits is served in rotation by client, and by session, so that one with many
//! calls delays the others by one call at a time; and a wait that could never end, because those who hold the places wait for the one
//! who would wait, is refused at once.
//!
//! - `board`: who holds and who waits, over all places of a host; `deadlock`: whether a wait can end
//! - `state`: what a board has written on it; `rotation`: waiting calls, by client and session

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

/// Who waits: its place, its party and what it holds already.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    /// The call.
    pub call: CallId,
    /// The call that waits for this one.
    pub parent: Option<CallId>,
    /// For whom it is made.
    pub party: Party,
}

/// A number of places that calls take turns in, by the name of the skill they belong to.
pub(crate) struct Turns {
    board: Board,
    id: PlaceId,
}

impl Turns {
    /// So many places of `skill` on a host's board.
    pub fn new(board: &Board, skill: &str, places: u32) -> Self {
        Self {
            board: board.clone(),
            id: board.add(skill, places.max(1)),
        }
    }

    /// Waits for a place. Dropping the future gives the wait up.
    ///
    /// # Errors
    /// [`Deadlock`] when the wait could not end.
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
                // Takes the wait back when this future is dropped; a place that was given meanwhile too.
                let turn = turn();
                // The board keeps the sender until it gives the place.
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

/// A place, until this is dropped; or a wait for one.
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
