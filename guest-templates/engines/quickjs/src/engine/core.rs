//! The engine: runs programs, each in a new realm or in the one of a session.

use std::mem::ManuallyDrop;
use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Error, Object, Promise, Result, Runtime, Value};

use super::json::{Failure, json};
use super::options::{Options, Outcome};
use super::properties::define;
use super::realm::Realm;
use super::state::State;
use super::turns::{self, End};
use super::{batch, errors, memory, modules};
use crate::Host;
use crate::program::{self, Kind, UNREAD, prepare};

/// Stack of programs: deeper recursion is an error that they can catch.
const STACK: usize = 256 << 10;
/// The largest value of a program, as JSON.
const MAX_VALUE: usize = 1 << 20;
/// The largest input.
const MAX_INPUT: usize = 16 << 20;

/// Objects within objects of the input.
const MAX_INPUT_DEPTH: usize = 200;
/// What follows an unknown name in the first program of a session.
const NEW_SESSION: &str = "\nNote: no variable is kept from before; a session ends when it is idle for long, when there are too many, and when a program crashes or is cancelled.";
/// What a program is told whose input cannot be given to it.
const FIXED_INPUT: &str = "the global `input` cannot be set: an earlier program of this session made it permanent (Object.defineProperty or Object.freeze); call end_session, or run without input";
/// Jobs of a program that has failed, which are run before they are forgotten.
const MAX_LEFT: usize = 10_000;

/// Runs programs, one at a time.
pub struct Engine {
    // Not dropped: values that Rust keeps would outlive it.
    runtime: ManuallyDrop<Runtime>,
    state: Rc<State>,
    /// For the next program that is of no session.
    realm: Option<Realm>,
    session: Option<Realm>,
    /// Programs of the session so far.
    count: usize,
    /// Whether a program left more to do than can be undone.
    worn: bool,
}

impl Engine {
    /// Makes the engine and a realm for the first program.
    ///
    /// # Errors
    /// Fails when memory runs out.
    pub fn new(host: Box<dyn Host>) -> std::result::Result<Self, String> {
        let runtime = Runtime::new().map_err(out_of_memory)?;
        runtime.set_memory_limit(memory::LIMIT);
        runtime.set_max_stack_size(STACK);
        let state = State::new(host);
        let own = state.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, handled| {
                own.rejected(&ctx, promise, reason, handled);
            },
        )));
        runtime.set_loader(modules::Resolve, modules::Load(state.clone()));
        let realm = Realm::new(&runtime, &state).map_err(out_of_memory)?;
        Ok(Self {
            runtime: ManuallyDrop::new(runtime),
            state,
            realm: Some(realm),
            session: None,
            count: 0,
            worn: false,
        })
    }

    /// Runs an empty program, so that the first of an instance finds the memory that it needs written to, and makes a realm
    /// for that.
    ///
    /// # Errors
    /// Fails when memory runs out.
    pub fn prepare(&mut self) -> std::result::Result<(), String> {
        self.run("0", &Options::default())?;
        self.realm(false).map_err(out_of_memory)?;
        Ok(())
    }

    /// Whether a session has been begun.
    #[must_use]
    pub fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the engine must not run another program: one left jobs without end.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        self.worn
    }

    /// Forgets the session.
    pub fn end_session(&mut self) {
        self.session = None;
        self.count = 0;
        self.runtime.run_gc();
    }

    /// Runs a program.
    ///
    /// # Errors
    /// Fails with what it threw, as text, followed by what it printed before.
    pub fn run(&mut self, text: &str, options: &Options) -> std::result::Result<Outcome, String> {
        self.state.clear();
        self.state.plain.set(options.plain);
        let kind = if options.session {
            Kind::Session
        } else {
            Kind::Program
        };
        let source = prepare(text, kind)?;
        if let Some(input) = options.input {
            check(input)?;
        }
        let name = if options.session {
            format!("program#{}", self.count)
        } else {
            "program".to_owned()
        };
        self.count += usize::from(options.session);
        self.runtime.set_memory_limit(memory::LIMIT);
        let realm = self.realm(options.session).map_err(out_of_memory)?;
        realm.used = true;
        let (context, helpers) = (realm.context.clone(), realm.helpers.clone());
        let state = self.state.clone();
        if !options.session {
            state.sources.borrow_mut().clear();
        }
        *state.helpers.borrow_mut() = Some(helpers);
        let source = state.sources.borrow_mut().add(&name, source);
        let (ended, output, worn) = context.with(|ctx| {
            let ended = run(&ctx, &state, &source, &name, options.input);
            memory::limit(&ctx, memory::LIMIT + memory::SPARE);
            let ended = ended.map_err(|failed| failed.shown(&ctx, &state));
            // What the program has called is called, however it ends.
            while let Ok(true) = batch::make(&ctx, &state) {}
            let output = state.output.borrow_mut().take();
            // What a failed program left would be run within the next one.
            let left = (0..=MAX_LEFT).take_while(|_| ctx.execute_pending_job());
            (ended, output, left.count() > MAX_LEFT)
        });
        // It would keep the realm.
        drop(context);
        self.worn |= worn || ended.is_err() && !options.session && self.has_lost_memory();
        let is_new = options.session && self.count == 1;
        let is_unread = state.sources.borrow().is_any_unread();
        let ended = ended.map_err(|text| match () {
            () if is_new && text.starts_with("ReferenceError") => text + NEW_SESSION,
            () if is_unread && text.starts_with("SyntaxError") => text + UNREAD,
            () => text,
        });
        state.clear();
        match ended {
            Ok(value) => Ok(Outcome { value, output }),
            Err(text) if options.plain || output.is_empty() => Err(text),
            Err(text) => Err(format!("{text}\n\noutput before the error:\n{output}")),
        }
    }

    /// Whether memory stays in use that no program can reach any more, once one has failed: QuickJS counts references wrongly
    /// where memory runs out.
    fn has_lost_memory(&mut self) -> bool {
        let is_much = |engine: &Self| engine.runtime.memory_usage().malloc_size > memory::MUCH;
        // What a session keeps may be as much.
        if self.session.is_some() || !is_much(self) {
            return false;
        }
        self.realm = None;
        self.state.clear();
        self.runtime.run_gc();
        is_much(self)
    }

    /// The realm of the next program: one that is there, or a new one.
    fn realm(&mut self, session: bool) -> Result<&mut Realm> {
        let is_ready = match session {
            true => self.session.is_some(),
            false => self.realm.as_ref().is_some_and(|realm| !realm.used),
        };
        if !is_ready {
            // A used one is gone first: there may not be memory for two.
            let unused = self.realm.take().filter(|realm| !realm.used);
            self.runtime.run_gc();
            let made = match unused {
                Some(realm) => realm,
                None => Realm::new(&self.runtime, &self.state)?,
            };
            *self.place(session) = Some(made);
        }
        self.place(session).as_mut().ok_or(Error::Unknown)
    }

    fn place(&mut self, session: bool) -> &mut Option<Realm> {
        match session {
            true => &mut self.session,
            false => &mut self.realm,
        }
    }
}

/// Why a program has no value.
enum Failed {
    /// An exception is pending.
    Thrown,
    /// Something that no exception says.
    Text(String),
    Internal(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Exception => Self::Thrown,
            other => Self::Internal(other),
        }
    }
}

impl Failed {
    fn shown(self, ctx: &Ctx, state: &State) -> String {
        match self {
            Self::Text(text) => text,
            Self::Internal(error) => out_of_memory(error),
            Self::Thrown => {
                let thrown = ctx.catch();
                if thrown.is_null() && memory::is_much_used(ctx) {
                    return out_of_memory(Error::Allocation);
                }
                let Ok(helpers) = state.helpers(ctx) else {
                    return out_of_memory(Error::Allocation);
                };
                errors::described(&helpers, &state.sources.borrow(), &thrown)
            }
        }
    }
}

fn run(
    ctx: &Ctx,
    state: &State,
    source: &program::Source,
    name: &str,
    input: Option<&str>,
) -> std::result::Result<Option<String>, Failed> {
    let globals = ctx.globals();
    let is_given = input.is_some();
    let input = match input {
        Some(input) => ctx.json_parse(input)?,
        None => Value::new_undefined(ctx.clone()),
    };
    if define(&globals, "input", input).is_err() {
        // An earlier program of the session made it permanent. That is in the way of those with an input only.
        ctx.catch();
        if is_given {
            return Err(Failed::Text(FIXED_INPUT.to_owned()));
        }
    }
    let mut options = EvalOptions::default();
    options.strict = source.strict;
    options.promise = true;
    options.filename = Some(name.to_owned());
    let promise: Promise = ctx.eval_with_options(source.code.as_str(), options)?;
    let mut value = settled(ctx, state, &promise)?;
    // The engine wraps the value, so that a promise is not awaited before it is known.
    if value.is_object() {
        value = state.helpers(ctx)?.call("value", (value,))?;
    }
    // A promise as the last value is what it becomes.
    for _ in 0..100 {
        let Some(promise) = value.clone().into_promise() else {
            break;
        };
        value = settled(ctx, state, &promise)?;
    }
    unhandled(ctx, state)?;
    memory::limit(ctx, memory::LIMIT + memory::SPARE);
    let helpers = state.helpers(ctx)?;
    let json = json(&helpers, &value, MAX_VALUE, false);
    json.map_err(|failure| match failure {
        Failure::Thrown => Failed::Thrown,
        Failure::TooLarge => Failed::Text(format!(
            "the value is larger than {MAX_VALUE} bytes of JSON: return less of it, or write it to a file"
        )),
        Failure::TooDeep => Failed::Text("the value has objects within objects beyond 200 levels".to_owned()),
    })
}

fn settled<'js>(
    ctx: &Ctx<'js>,
    state: &State,
    promise: &Promise<'js>,
) -> std::result::Result<Value<'js>, Failed> {
    match turns::run(ctx, state, promise)? {
        End::Settled => {}
        End::Stuck => {
            return Err(Failed::Text(
                "the program awaits a promise that nothing settles: no call, timer or other code is left".to_owned(),
            ));
        }
    }
    if promise.state() == PromiseState::Rejected {
        forget(ctx, state, promise);
    }
    match promise.result() {
        Some(result) => Ok(result?),
        None => Err(Failed::Text("the program did not end".to_owned())),
    }
}

/// Fails with the first rejection that nothing handled.
fn unhandled(ctx: &Ctx, state: &State) -> std::result::Result<(), Failed> {
    let first = state.rejections.borrow().first().cloned();
    let Some((promise, reason)) = first else {
        return Ok(());
    };
    let reason = reason.restore(ctx)?;
    let helpers = state.helpers(ctx)?;
    let text = errors::described(&helpers, &state.sources.borrow(), &reason);
    // What a timer's function threw has no promise.
    Err(Failed::Text(match promise.restore(ctx)?.is_promise() {
        true => format!("Unhandled rejection: {text}"),
        false => text,
    }))
}

fn forget<'js>(ctx: &Ctx<'js>, state: &State, promise: &Promise<'js>) {
    let undefined = Value::new_undefined(ctx.clone());
    let promise: Object = promise.clone().into_inner();
    state.rejected(ctx, promise.into_value(), undefined, true);
}

fn check(input: &str) -> std::result::Result<(), String> {
    if input.len() > MAX_INPUT {
        return Err(format!(
            "input has {} bytes; at most {MAX_INPUT}",
            input.len()
        ));
    }
    let depth = depth(input);
    if depth > MAX_INPUT_DEPTH {
        return Err(format!(
            "input has objects within objects {depth} levels deep; at most {MAX_INPUT_DEPTH}"
        ));
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(input) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("input is not JSON: {error}")),
    }
}

/// How deep a JSON text is nested.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn out_of_memory(error: Error) -> String {
    match error {
        Error::Exception | Error::Allocation => {
            format!(
                "out of memory: a program has at most {} MiB, and less where runtime.memory_limit_mb says so",
                memory::LIMIT >> 20
            )
        }
        other => format!("the engine failed: {other}"),
    }
}
