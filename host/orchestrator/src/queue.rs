//! Delivers events to subscribed skills: each skill has a queue, whose events are charged to it and of which the
//! newest are kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_runtime::{Charge, Event, Exhausted, Holder};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::deployed::Deployed;

/// Events that wait for one skill.
const QUEUE: usize = 1_000;
/// The memory of an event without its texts, in bytes.
const EVENT: usize = 1 << 10;

/// The queues of all skills with events.
#[derive(Default)]
pub(crate) struct Queues(Mutex<HashMap<String, Arc<Queue>>>);

/// The events of one skill. A task delivers them while there are any.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    events: VecDeque<Delivery>,
    /// Whether a task delivers them.
    is_delivered: bool,
    /// The number of lost events, and of those that were logged.
    lost: u64,
    told: u64,
}

/// An event on its way to a method.
pub(crate) struct Delivery {
    pub event: Arc<Event>,
    pub method: String,
    pub held: Charge,
    /// Cancelled when the grants under which it was emitted are revoked.
    pub revoked: CancellationToken,
    /// Makes a shutdown wait for it.
    pub pending: TaskTrackerToken,
}

impl Queues {
    /// Adds an event to the queue of `listener`, and returns whether there was room. `deliver` starts a task that empties
    /// the queue if there is none. `pending` counts the event until it is delivered.
    pub fn put(
        &self,
        listener: &Deployed,
        event: &Arc<Event>,
        method: String,
        pending: TaskTrackerToken,
        deliver: impl FnOnce(Arc<Queue>),
    ) -> bool {
        let (listener, revoked) = (&listener.skill, listener.ended().clone());
        let skill = listener.id();
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queues.entry(skill.to_owned()).or_default().clone()
        };
        let size = (event.topic.len() + event.payload.len() + EVENT) as u64;
        let mut waiting = queue.lock();
        let held = waiting.make_room(|| listener.hold(Holder::Events, size));
        waiting.tell_of_losses(skill);
        let Some(held) = held else { return false };
        waiting.events.push_back(Delivery {
            event: event.clone(),
            method,
            held,
            revoked,
            pending,
        });
        if !std::mem::replace(&mut waiting.is_delivered, true) {
            deliver(queue.clone());
        }
        true
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next event; `None` ends the delivery.
    pub fn next(&self) -> Option<Delivery> {
        let mut waiting = self.lock();
        let next = waiting.events.pop_front();
        waiting.is_delivered = next.is_some();
        next
    }
}

impl Waiting {
    /// Makes room for one more, by dropping the oldest if necessary.
    fn make_room(&mut self, hold: impl Fn() -> Result<Charge, Exhausted>) -> Option<Charge> {
        while self.events.len() >= QUEUE {
            self.events.pop_front();
            self.lost += 1;
        }
        loop {
            if let Ok(held) = hold() {
                return Some(held);
            }
            self.lost += 1;
            self.events.pop_front()?;
        }
    }
}

impl Waiting {
    /// Logs lost events each time that their number has doubled.
    fn tell_of_losses(&mut self, skill: &str) {
        if self.lost > 2 * self.told {
            self.told = self.lost;
            let lost = self.lost;
            tracing::warn!(
                skill,
                lost,
                "events are lost: at most {QUEUE} may wait for one skill, within its runtime.max_held_mb"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_runtime::{Accounts, HostLimits};

    use super::*;

    #[test]
    fn the_newest_events_are_kept() {
        let accounts = Accounts::new(HostLimits {
            held: 10,
            ..HostLimits::default()
        });
        let tracker = tokio_util::task::TaskTracker::new();
        let event = |number: usize, held| Delivery {
            event: Arc::new(Event {
                topic: number.to_string(),
                payload: "0".to_owned(),
                source: "s".to_owned(),
                trace_id: "t".into(),
                depth: 1,
            }),
            method: "m".to_owned(),
            held,
            revoked: CancellationToken::new(),
            pending: tracker.token(),
        };
        let mut waiting = Waiting::default();
        for number in 0..5 {
            let held = waiting.make_room(|| accounts.charge(Holder::Events, 4));
            waiting.events.push_back(event(number, held.unwrap()));
        }
        let topics = |waiting: &Waiting| {
            let each = waiting.events.iter();
            each.map(|one| one.event.topic.clone()).collect::<Vec<_>>()
        };
        assert_eq!(topics(&waiting), ["3", "4"]);
        assert_eq!(waiting.lost, 3);
        // An event that is too large displaces all others and is dropped too.
        assert!(
            waiting
                .make_room(|| accounts.charge(Holder::Events, 11))
                .is_none()
        );
        waiting.events.clear();
        for number in 0..QUEUE + 2 {
            let held = waiting.make_room(|| Ok(Charge::default()));
            waiting.events.push_back(event(number, held.unwrap()));
        }
        assert_eq!(
            (topics(&waiting)[0].as_str(), waiting.events.len()),
            ("2", QUEUE)
        );
    }
}
