//! What runs later.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rquickjs::{Function, Value};

use super::helpers::Kept;

#[derive(Default)]
pub(super) struct Timers {
    waiting: BTreeMap<(Instant, u32), Timer>,
    due: BTreeMap<u32, Instant>,
    last: u32,
}

pub(super) struct Timer {
    pub function: Kept<Function<'static>>,
    pub arguments: Vec<Kept<Value<'static>>>,
    /// Of an interval.
    pub every: Option<Duration>,
}

/// A timer whose time has come.
pub(super) struct Due {
    pub function: Kept<Function<'static>>,
    pub arguments: Vec<Kept<Value<'static>>>,
}

impl Timers {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds one, and returns its number.
    pub fn add(&mut self, timer: Timer, after: Duration) -> u32 {
        self.last += 1;
        self.put(self.last, timer, after);
        self.last
    }

    fn put(&mut self, id: u32, timer: Timer, after: Duration) {
        let due = Instant::now() + after;
        self.due.insert(id, due);
        self.waiting.insert((due, id), timer);
    }

    pub fn remove(&mut self, id: u32) {
        if let Some(due) = self.due.remove(&id) {
            self.waiting.remove(&(due, id));
        }
    }

    /// When the next is due; with `once`, of those that run once.
    pub fn next(&self, once: bool) -> Option<Instant> {
        let mut waiting = self.waiting.iter();
        let next = waiting.find(|(_, timer)| !once || timer.every.is_none());
        next.map(|((due, _), _)| *due)
    }

    /// Takes the first one that is due now. One of an interval waits again.
    pub fn take(&mut self) -> Option<Due> {
        let (due, id) = *self.waiting.first_key_value()?.0;
        if due > Instant::now() {
            return None;
        }
        let timer = self.waiting.remove(&(due, id))?;
        self.due.remove(&id);
        let taken = Due {
            function: timer.function.clone(),
            arguments: timer.arguments.clone(),
        };
        if let Some(every) = timer.every {
            self.put(id, timer, every);
        }
        Some(taken)
    }
}
