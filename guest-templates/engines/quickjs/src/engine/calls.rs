//! Tool calls that wait: they are made together when the program has nothing else to do.

use std::mem;

use rquickjs::function::This;
use rquickjs::{Ctx, Function, Result, Undefined, Value};

use super::realm::Helpers;
use super::state::{Kept, State};
use crate::Request;

/// Calls that wait at once.
pub(super) const MAX_WAITING: usize = 10_000;
/// Bytes of their arguments.
pub(super) const MAX_BYTES: usize = 64 << 20;
/// Calls of one batch, which is what the host takes.
const BATCH: usize = 1_000;
/// Bytes of arguments of one batch.
const BATCH_BYTES: usize = 16 << 20;

#[derive(Default)]
pub(super) struct Calls {
    waiting: Vec<Waiting>,
    pub bytes: usize,
}

pub(super) struct Waiting {
    pub request: Request,
    pub resolve: Kept<Function<'static>>,
    pub reject: Kept<Function<'static>>,
}

impl Calls {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn add(&mut self, call: Waiting) {
        self.bytes += call.request.arguments.len();
        self.waiting.push(call);
    }

    /// Takes as many as one batch may have.
    fn take(&mut self) -> Vec<Waiting> {
        let mut bytes = 0;
        let count = self.waiting.iter().take(BATCH).take_while(|call| {
            bytes += call.request.arguments.len();
            bytes <= BATCH_BYTES
        });
        // One alone may be larger: the host says so.
        let count = count.count().max(1).min(self.waiting.len());
        let rest = self.waiting.split_off(count);
        let taken = mem::replace(&mut self.waiting, rest);
        let gone: usize = taken.iter().map(|call| call.request.arguments.len()).sum();
        self.bytes -= gone;
        taken
    }
}

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
