//! Requests over HTTP, and what else the web's API needs from Rust.

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, TypedArray, Value};

use super::files::{checked, content_of};
use super::properties::enumerable;
use super::random::fill;
use super::state::State;
use super::text::{lossy, text};
use crate::Fetch;

/// Bytes that `crypto.getRandomValues` makes at once.
const MAX_RANDOM: usize = 65_536;

/// `native.fetch(...)`, `native.encode`, `native.decode`, `native.randomBytes`.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let send = move |ctx: Ctx<'js>,
                     url: String,
                     method: String,
                     headers: Vec<Vec<String>>,
                     body: Value<'js>,
                     follow: bool,
                     timeout: f64|
          -> Result<Object<'js>> {
        let body = match body.is_undefined() || body.is_null() {
            true => Vec::new(),
            false => content_of(&ctx, &body)?,
        };
        let headers = headers.into_iter().filter_map(|pair| {
            let [name, value] = <[String; 2]>::try_from(pair).ok()?;
            Some((name, value))
        });
        let request = Fetch {
            url,
            method,
            headers: headers.collect(),
            body,
            follow,
            timeout: (timeout >= 1.0).then_some(timeout as u64),
        };
        let answer = checked(&ctx, own.host.fetch(&request))?;
        let object = Object::new_proto(ctx.clone(), None)?;
        object.prop("status", enumerable(answer.status))?;
        object.prop("url", enumerable(answer.url))?;
        let pairs = answer
            .headers
            .into_iter()
            .map(|(name, value)| vec![name, value]);
        object.prop("headers", enumerable(pairs.collect::<Vec<_>>()))?;
        object.prop("truncated", enumerable(answer.truncated))?;
        object.prop("body", enumerable(TypedArray::new(ctx, answer.body)?))?;
        Ok(object)
    };
    native.set("fetch", Func::from(send))?;
    let encode =
        |ctx: Ctx<'js>, value: Value<'js>| TypedArray::new(ctx, text(&value)?.into_bytes());
    native.set("encode", Func::from(encode))?;
    let decode = |ctx: Ctx<'js>, value: Value<'js>, fatal: bool| {
        let bytes = content_of(&ctx, &value)?;
        match fatal && std::str::from_utf8(&bytes).is_err() {
            true => Err(Exception::throw_type(&ctx, "the bytes are not UTF-8")),
            false => lossy(&ctx, &bytes),
        }
    };
    native.set("decode", Func::from(decode))?;
    let random = |ctx: Ctx<'js>, count: f64| {
        if !(0.0..=MAX_RANDOM as f64).contains(&count) {
            return Err(Exception::throw_range(
                &ctx,
                "at most 65536 random bytes at once",
            ));
        }
        let mut bytes = vec![0; count as usize];
        fill(&mut bytes);
        TypedArray::new(ctx, bytes)
    };
    native.set("randomBytes", Func::from(random))
}
