//! The holders and waiting calls of all places of a host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Waiter;
use super::deadlock::{self, Deadlock};
use super::rotation::{Queue as _, Rotation};
use super::state::{Call, CallId, Place, PlaceId, State};

/// All places of one host. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board(Arc<Mutex<State>>);

/// The result of requesting a place.
pub(super) enum Entry {
    /// The place is taken.
    Taken,
    /// The call waits; the sender will grant the place.
    Waits,
}

impl Board {
    pub(super) fn add(&self, skill: &str, free: u32) -> PlaceId {
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        let place = Place {
            skill: skill.to_owned(),
            free,
            holders: Vec::new(),
            queue: Rotation::default(),
        };
        state.places.insert(id, place);
        id
    }

    /// Removes places. Waiting calls are woken, and find that the places are gone.
    pub(super) fn remove(&self, id: PlaceId) {
        self.lock().places.remove(&id);
    }

    /// Takes a place, or starts to wait for one.
    ///
    /// # Errors
    /// [`Deadlock`]; the state is then unchanged.
    pub(super) fn enter(
        &self,
        id: PlaceId,
        waiter: &Waiter,
        sender: oneshot::Sender<()>,
    ) -> Result<Entry, Deadlock> {
        let mut state = self.lock();
        let State {
            places,
            calls,
            children,
            ..
        } = &mut *state;
        let Some(place) = places.get_mut(&id) else {
            return Ok(Entry::Taken);
        };
        let call = calls.entry(waiter.call).or_insert_with(|| {
            if let Some(parent) = waiter.parent {
                children.entry(parent).or_default().push(waiter.call);
            }
            Call {
                parent: waiter.parent,
                party: waiter.party.clone(),
                ..Call::default()
            }
        });
        // No place is free while a call waits.
        if place.free > 0 {
            place.free -= 1;
            place.holders.push(waiter.call);
            call.holds += 1;
            return Ok(Entry::Taken);
        }
        call.waits_for = Some(id);
        // No call can wait for a call that holds nothing and has no parent.
        if (call.holds > 0 || call.parent.is_some())
            && let Some(deadlock) = deadlock::find(&state, waiter.call)
        {
            state.give_up_waiting(waiter.call);
            return Err(deadlock);
        }
        if let Some(place) = state.places.get_mut(&id) {
            place.queue.push(&waiter.party, (waiter.call, sender));
        }
        Ok(Entry::Waits)
    }

    /// Releases a place, or cancels a wait for one.
    pub(super) fn leave(&self, id: PlaceId, call: CallId) {
        let mut state = self.lock();
        let State { places, calls, .. } = &mut *state;
        let Some(place) = places.get_mut(&id) else {
            state.give_up_waiting(call);
            return;
        };
        let waits = calls
            .get(&call)
            .is_some_and(|known| known.waits_for == Some(id));
        if waits {
            let party = calls.get(&call).map(|known| known.party.clone());
            place
                .queue
                .remove(&party.unwrap_or_default(), &|(waiting, _)| *waiting == call);
            state.give_up_waiting(call);
            return;
        }
        let Some(position) = place.holders.iter().position(|holder| *holder == call) else {
            return;
        };
        place.holders.swap_remove(position);
        match place.queue.pop() {
            Some((next, sender)) => {
                place.holders.push(next);
                if let Some(known) = calls.get_mut(&next) {
                    known.waits_for = None;
                    known.holds += 1;
                }
                // A call that was cancelled meanwhile leaves by itself: its turn is dropped after this.
                let _ = sender.send(());
            }
            None => place.free += 1,
        }
        if let Some(known) = calls.get_mut(&call) {
            known.holds = known.holds.saturating_sub(1);
        }
        state.forget_idle(call);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the numbers of known calls, held places and waiting calls: all zero when nothing runs.
    #[cfg(test)]
    pub fn counts(&self) -> (usize, usize, usize) {
        let state = self.lock();
        let holders = state.places.values().map(|place| place.holders.len()).sum();
        let waiting = state.calls.values().filter(|call| call.waits_for.is_some());
        (
            state.calls.len() + state.children.len(),
            holders,
            waiting.count(),
        )
    }
}

impl State {
    fn give_up_waiting(&mut self, call: CallId) {
        if let Some(known) = self.calls.get_mut(&call) {
            known.waits_for = None;
        }
        self.forget_idle(call);
    }

    /// Removes a call that neither holds a place nor waits.
    fn forget_idle(&mut self, call: CallId) {
        let idle = |call: &Call| call.holds == 0 && call.waits_for.is_none();
        if !self.calls.get(&call).is_some_and(idle) {
            return;
        }
        let parent = self.calls.remove(&call).and_then(|known| known.parent);
        let Some(parent) = parent else { return };
        if let Some(made) = self.children.get_mut(&parent) {
            made.retain(|child| *child != call);
            if made.is_empty() {
                self.children.remove(&parent);
            }
        }
    }
}
