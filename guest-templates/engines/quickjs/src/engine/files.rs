//! Files, through the skill's own grants.

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, TypedArray, Value};

use super::kinds::{Kind, bytes};
use super::properties::enumerable;
use super::state::State;
use super::text::{lossy, text};
use crate::Entry;

/// The functions of `files`, and with them what `import` reads.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let read = move |ctx: Ctx<'js>, path: String, as_bytes: bool| -> Result<Value<'js>> {
        let content = checked(&ctx, own.host.read(&path))?;
        match as_bytes {
            true => Ok(TypedArray::new(ctx, content)?.into_value()),
            false => lossy(&ctx, &content),
        }
    };
    native.set("read", Func::from(read))?;
    let own = state.clone();
    let write = move |ctx: Ctx<'js>, path: String, content: Value<'js>, append: bool| {
        let content = content_of(&ctx, &content)?;
        checked(&ctx, own.host.write(&path, &content, append))
    };
    native.set("write", Func::from(write))?;
    let own = state.clone();
    let remove = move |ctx: Ctx<'js>, path: String| checked(&ctx, own.host.remove(&path));
    native.set("remove", Func::from(remove))?;
    let own = state.clone();
    let list = move |ctx: Ctx<'js>, path: String| -> Result<Vec<Object<'js>>> {
        let entries = checked(&ctx, own.host.list(&path))?;
        let each = entries.iter();
        each.map(|found| entry(&ctx, found, &within(&path, &found.name)))
            .collect()
    };
    native.set("list", Func::from(list))?;
    let own = state.clone();
    let stat = move |ctx: Ctx<'js>, path: String| {
        let found = checked(&ctx, own.host.stat(&path))?;
        entry(&ctx, &found, &path)
    };
    native.set("stat", Func::from(stat))?;
    let own = state.clone();
    let glob = move |ctx: Ctx<'js>, pattern: String, directory: Option<String>| {
        let directory = directory.as_deref();
        let found = checked(&ctx, own.host.glob(&pattern, directory))?;
        let found = found.into_iter();
        Ok::<Vec<String>, rquickjs::Error>(match directory {
            Some(directory) => found.map(|path| within(directory, &path)).collect(),
            None => found.collect(),
        })
    };
    native.set("glob", Func::from(glob))
}

/// The path of what has this name in a directory: every path that a function returns is one that all of them take.
fn within(directory: &str, name: &str) -> String {
    match directory.ends_with('/') {
        true => format!("{directory}{name}"),
        false => format!("{directory}/{name}"),
    }
}

/// The bytes of text, or of an array of bytes.
pub(super) fn content_of(ctx: &Ctx, content: &Value) -> Result<Vec<u8>> {
    match Kind::of(content) {
        Kind::String => Ok(text(content)?.into_bytes()),
        Kind::Bytes => Ok(bytes(content).unwrap_or_default()),
        _ => Err(Exception::throw_type(
            ctx,
            "the content must be text or a Uint8Array",
        )),
    }
}

pub(super) fn checked<T>(ctx: &Ctx, result: std::result::Result<T, String>) -> Result<T> {
    result.map_err(|text| Exception::throw_message(ctx, &text))
}

fn entry<'js>(ctx: &Ctx<'js>, entry: &Entry, path: &str) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.prop("name", enumerable(entry.name.as_str()))?;
    object.prop("path", enumerable(path))?;
    object.prop("kind", enumerable(entry.kind))?;
    object.prop("size", enumerable(entry.size as f64))?;
    if let Some(modified) = entry.modified {
        object.prop("modified", enumerable(modified as f64))?;
    }
    Ok(object)
}
