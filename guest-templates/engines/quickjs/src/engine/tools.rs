//! Queues calls of `tools`.

use std::rc::Rc;

use rquickjs::function::{Func, Opt};
use rquickjs::{Ctx, Exception, Object, Persistent, Promise, Result, Value};

use super::calls::{MAX_BYTES, MAX_WAITING, Waiting};
use super::json::{Failure, json};
use super::state::State;
use crate::Request;

/// The longest arguments of one call, which is what the host takes.
const MAX_ARGUMENTS: usize = 16 << 20;

/// `native.call(skill, method, arguments)`, `native.skills()` and `native.methods(skill)`.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let call = move |ctx: Ctx<'js>, skill: String, method: String, arguments: Opt<Value<'js>>| {
        call(&ctx, &own, skill, method, arguments.0)
    };
    native.set("call", Func::from(call))?;
    let own = state.clone();
    native.set("skills", Func::from(move || own.host.skills()))?;
    let own = state.clone();
    native.set(
        "methods",
        Func::from(move |skill: String| own.host.methods(&skill)),
    )
}

fn call<'js>(
    ctx: &Ctx<'js>,
    state: &State,
    skill: String,
    method: String,
    arguments: Option<Value<'js>>,
) -> Result<Promise<'js>> {
    let arguments = arguments.filter(|value| !value.is_undefined());
    let arguments = match arguments {
        None => "{}".to_owned(),
        Some(value) if !value.is_object() || value.is_array() || value.is_function() => {
            let text = format!(
                "tools.{skill}.{method} takes one object with named arguments: tools.{skill}.{method}({{ name: value }})"
            );
            return Err(Exception::throw_type(ctx, &text));
        }
        Some(value) => match json(&state.helpers(ctx)?, &value, MAX_ARGUMENTS, true) {
            Ok(text) => text.unwrap_or_else(|| "{}".to_owned()),
            Err(Failure::Thrown) => return Err(rquickjs::Error::Exception),
            Err(Failure::TooDeep) => {
                return Err(Exception::throw_range(
                    ctx,
                    "the arguments are nested too deep",
                ));
            }
            Err(Failure::TooLarge) => {
                return Err(Exception::throw_range(
                    ctx,
                    "the arguments are larger than 16 MiB",
                ));
            }
        },
    };
    let (promise, resolve, reject) = Promise::new(ctx)?;
    let mut calls = state.calls.borrow_mut();
    if calls.len() >= MAX_WAITING {
        let text = format!("{MAX_WAITING} calls wait already: await some of them first");
        return Err(Exception::throw_range(ctx, &text));
    }
    if calls.bytes + arguments.len() > MAX_BYTES {
        let text = format!(
            "the arguments of waiting calls are larger than {} MiB: await some of them first",
            MAX_BYTES >> 20
        );
        return Err(Exception::throw_range(ctx, &text));
    }
    calls.add(Waiting {
        request: Request {
            skill,
            method,
            arguments,
        },
        resolve: Persistent::save(ctx, resolve),
        reject: Persistent::save(ctx, reject),
    });
    Ok(promise)
}
