//! Runs a program until nothing is left to do.

use std::thread;
use std::time::Instant;

use rquickjs::function::Args;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Promise, Result, Undefined};

use super::batch;
use super::state::State;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its promise is settled, and nothing that runs once is left.
    Settled,
    /// It waits for a promise that nothing will settle.
    Stuck,
}

/// Runs jobs, then the calls that wait, then timers, until the program's promise is settled and calls and timeouts are done.
/// Intervals alone do not keep it running, and nothing does once it was rejected.
pub(super) fn run<'js>(ctx: &Ctx<'js>, state: &State, program: &Promise<'js>) -> Result<End> {
    loop {
        while ctx.execute_pending_job() {}
        let settled = program.state() != PromiseState::Pending;
        if program.state() == PromiseState::Rejected {
            return Ok(End::Settled);
        }
        if batch::make(ctx, state)? {
            continue;
        }
        let Some(due) = state.timers.borrow().next(settled) else {
            return Ok(if settled { End::Settled } else { End::Stuck });
        };
        // Of an interval that comes before, too.
        let due = state.timers.borrow().next(false).unwrap_or(due);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        fire(ctx, state)?;
    }
}

/// Calls one function whose time has come. What it throws is noted like a rejection.
fn fire(ctx: &Ctx, state: &State) -> Result<()> {
    let Some(due) = state.timers.borrow_mut().take() else {
        return Ok(());
    };
    let mut arguments = Args::new(ctx.clone(), due.arguments.len());
    arguments.this(Undefined)?;
    for value in due.arguments {
        arguments.push_arg(value.restore(ctx)?)?;
    }
    let function = due.function.restore(ctx)?;
    if function.call_arg::<rquickjs::Value>(arguments).is_err() {
        let thrown = ctx.catch();
        state.rejected(
            ctx,
            rquickjs::Object::new(ctx.clone())?.into_value(),
            thrown,
            false,
        );
    }
    Ok(())
}
