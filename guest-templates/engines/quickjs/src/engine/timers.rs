//! What runs later: `setTimeout`, `setInterval`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::function::{Func, Rest};
use rquickjs::{Ctx, Exception, Function, Object, Persistent, Result, Value};

use super::state::{Kept, State};

/// Timers that wait at once.
const MAX: usize = 10_000;
/// The longest delay: 2^31 - 1 ms.
const MAX_DELAY: f64 = 2_147_483_647.0;

#[derive(Default)]
pub(super) struct Timers {
    waiting: BTreeMap<(Instant, u32), Timer>,
    due: BTreeMap<u32, Instant>,
    last: u32,
}

struct Timer {
    function: Kept<Function<'static>>,
    arguments: Vec<Kept<Value<'static>>>,
    every: Option<Duration>,
}

/// A timer whose time has come.
pub(super) struct Due {
    pub function: Kept<Function<'static>>,
    pub arguments: Vec<Kept<Value<'static>>>,
}

impl Timers {
    fn add(&mut self, timer: Timer, after: Duration) -> u32 {
        self.last += 1;
        self.put(self.last, timer, after);
        self.last
    }

    fn put(&mut self, id: u32, timer: Timer, after: Duration) {
        let due = Instant::now() + after;
        self.due.insert(id, due);
        self.waiting.insert((due, id), timer);
    }

    fn remove(&mut self, id: u32) {
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

/// `native.later(function, delay, repeated, ...arguments)`, `native.cancel(id)` and `native.now()`.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let later = move |ctx: Ctx<'js>,
                      function: Function<'js>,
                      delay: f64,
                      repeated: bool,
                      arguments: Rest<Value<'js>>| {
        let mut timers = own.timers.borrow_mut();
        if timers.waiting.len() >= MAX {
            let text = format!("{MAX} timers wait already");
            return Err(Exception::throw_range(&ctx, &text));
        }
        // Not a number, and what is too long, count as none.
        let delay = if (1.0..=MAX_DELAY).contains(&delay) {
            delay
        } else {
            1.0
        };
        let delay = Duration::from_secs_f64(delay / 1000.0);
        let timer = Timer {
            function: Persistent::save(&ctx, function),
            arguments: arguments
                .0
                .into_iter()
                .map(|value| Persistent::save(&ctx, value))
                .collect(),
            every: repeated.then_some(delay),
        };
        Ok(timers.add(timer, delay))
    };
    native.set("later", Func::from(later))?;
    let own = state.clone();
    native.set(
        "cancel",
        Func::from(move |id: f64| own.timers.borrow_mut().remove(id as u32)),
    )?;
    // The first question is the origin: the realm may be older than the program.
    let origin = std::cell::OnceCell::new();
    let now = move || origin.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0;
    native.set("now", Func::from(now))
}
