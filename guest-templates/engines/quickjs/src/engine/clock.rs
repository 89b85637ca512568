//! Timers and time: what `setTimeout`, `setInterval` and `performance` are made of.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::function::{Func, Rest};
use rquickjs::{Ctx, Exception, Function, Object, Persistent, Result, Value};

use super::state::State;
use super::timers::Timer;

/// Timers that wait at once.
const MAX: usize = 10_000;
/// The longest delay: 2^31 - 1 ms.
const MAX_DELAY: f64 = 2_147_483_647.0;

/// `native.later(function, delay, repeated, ...arguments)`, `native.cancel(id)` and `native.now()`.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let later = move |ctx: Ctx<'js>,
                      function: Function<'js>,
                      delay: f64,
                      repeated: bool,
                      arguments: Rest<Value<'js>>| {
        let mut timers = own.timers.borrow_mut();
        if timers.len() >= MAX {
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
    let origin = OnceCell::new();
    let now = move || origin.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0;
    native.set("now", Func::from(now))
}
