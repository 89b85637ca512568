//! Random numbers of `Math`.

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

use super::properties::define;
use super::state::State;

/// Replaces `Math.random`, whose own seed is made with the realm.
pub(super) fn install(ctx: &Ctx, state: &Rc<State>) -> Result<()> {
    let math: Object = ctx.globals().get("Math")?;
    let state = state.clone();
    define(
        &math,
        "random",
        Func::from(move || state.random.borrow_mut().float()),
    )
}
