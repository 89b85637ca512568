//! Makes the tool calls that wait, together, when the program has nothing else to do.

use rquickjs::function::This;
use rquickjs::{Ctx, Function, Result, Undefined, Value};

use super::helpers::Helpers;
use super::state::State;
use crate::Request;

/// Makes the calls of one batch and settles their promises. False when none waits.
pub(super) fn make<'js>(ctx: &Ctx<'js>, state: &State) -> Result<bool> {
    let taken = state.calls.borrow_mut().take();
    if taken.is_empty() {
        return Ok(false);
    }
    let helpers = state.helpers(ctx)?;
    let (requests, settle): (Vec<_>, Vec<_>) = taken
        .into_iter()
        .map(|call| (call.request, (call.resolve, call.reject)))
        .unzip();
    let answers = match state.host.batch(&requests) {
        Ok(answers) => answers,
        // Nothing was called: each fails for the same reason.
        Err(reason) => requests.iter().map(|_| Err(reason.clone())).collect(),
    };
    for ((request, (resolve, reject)), answer) in requests.iter().zip(settle).zip(answers) {
        let value = answer.and_then(|json| parsed(ctx, json));
        let (settled, value): (Function, Value) = match value {
            Ok(value) => (resolve.restore(ctx)?, value),
            Err(text) => (reject.restore(ctx)?, error(&helpers, request, &text)?),
        };
        settled.call::<_, ()>((This(Undefined), value))?;
    }
    Ok(true)
}

fn parsed<'js>(ctx: &Ctx<'js>, json: String) -> std::result::Result<Value<'js>, String> {
    ctx.json_parse(json).map_err(|_| {
        let reason = ctx.catch();
        let text = reason.as_exception().and_then(|error| error.message());
        let text = text.unwrap_or_default();
        format!("the result cannot be read: {text}")
    })
}

fn error<'js>(helpers: &Helpers<'js>, request: &Request, text: &str) -> Result<Value<'js>> {
    let Request { skill, method, .. } = request;
    helpers.call("toolError", (text, skill.as_str(), method.as_str()))
}
