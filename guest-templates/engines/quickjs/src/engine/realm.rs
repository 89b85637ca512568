//! A realm: a global object, with the glue that makes it a place for programs.

use std::rc::Rc;

use rquickjs::context::intrinsic::DOMException;
use rquickjs::context::{EvalOptions, Intrinsic as _};
use rquickjs::{Context, Ctx, Function, Object, Persistent, Result, Runtime};

use super::helpers::Kept;
use super::state::State;
use super::{clock, console, fetch, files, math, tools, url};

/// The glue, in the order in which it is run: each is a function of an object of native functions, and returns helpers.
const GLUE: &[(&str, &str)] = &[
    ("helpers", include_str!("../glue/helpers.js")),
    ("console", include_str!("../glue/console.js")),
    ("tools", include_str!("../glue/tools.js")),
    ("encoding", include_str!("../glue/encoding.js")),
    ("abort", include_str!("../glue/abort.js")),
    ("url", include_str!("../glue/url.js")),
    ("fetch", include_str!("../glue/fetch.js")),
];

pub(super) struct Realm {
    pub context: Context,
    pub helpers: Kept<Object<'static>>,
    /// Whether a program ran in it.
    pub used: bool,
}

impl Realm {
    pub fn new(runtime: &Runtime, state: &Rc<State>) -> Result<Self> {
        let context = Context::full(runtime)?;
        let helpers = context.with(|ctx| {
            let helpers = install(&ctx, state)?;
            Ok::<_, rquickjs::Error>(Persistent::save(&ctx, helpers))
        })?;
        Ok(Self {
            context,
            helpers,
            used: false,
        })
    }
}

fn install<'js>(ctx: &Ctx<'js>, state: &Rc<State>) -> Result<Object<'js>> {
    let globals = ctx.globals();
    // SAFETY: the context is a new one, which has it not.
    unsafe { DOMException::add_intrinsic(ctx.as_raw()) };
    // Its origin is the moment in which the realm was made, maybe long before the program.
    globals.remove("performance")?;
    math::install(ctx, state)?;
    let native = Object::new_proto(ctx.clone(), None)?;
    let helpers = Object::new_proto(ctx.clone(), None)?;
    console::install(&native, state)?;
    clock::install(&native, state)?;
    tools::install(&native, state)?;
    files::install(&native, state)?;
    fetch::install(&native, state)?;
    url::install(&native)?;
    for (_, source) in GLUE {
        let mut options = EvalOptions::default();
        options.filename = Some("glue".to_owned());
        let part: Function = ctx.eval_with_options(*source, options)?;
        part.call::<_, ()>((native.clone(), helpers.clone()))?;
    }
    Ok(helpers)
}
