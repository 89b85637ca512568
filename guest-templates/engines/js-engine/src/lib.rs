//! The methods. Their parameters and documentation are in `wit/world.wit`.
//!
//! - `bindings`: what the WIT file makes
//! - `host`: tools, files and the network of programs, through the skill's imports
//! - `search`: what programs may call, as text

mod bindings;
mod host;
mod search;

use std::cell::RefCell;

use luminarys_quickjs::{Engine, Options};
use luminarys_sdk::skill::context::{self, Scope};

use bindings::exports::luminarys::skill::prepared;
use bindings::exports::luminarys_engines::js_engine::engine::{self, Outcome};

const NO_SESSION: &str = "session: true needs an instance that is kept between calls: set `runtime: { isolation: session }` in this skill's manifest";

thread_local! {
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
}

/// Calls `f` with the engine, which is made at the first call unless the instance began with one.
fn with_engine<T>(f: impl FnOnce(&mut Engine) -> Result<T, String>) -> Result<T, String> {
    ENGINE.with_borrow_mut(|place| {
        if place.as_ref().is_none_or(Engine::is_worn) {
            *place = Some(Engine::new(Box::new(host::Imports))?);
        }
        match place {
            Some(engine) => {
                let result = f(engine);
                if engine.is_worn() {
                    context::retire();
                }
                result
            }
            None => Err("there is no engine".to_owned()),
        }
    })
}

struct Skill;

impl bindings::Guest for Skill {
    fn initialize() {
        // Without memory for it, the first call says so.
        let _ = with_engine(|_| Ok(()));
    }
}

impl prepared::Guest for Skill {
    fn prepare() {
        // Without memory for it, the first call says so.
        let _ = with_engine(Engine::prepare);
    }
}

impl engine::Guest for Skill {
    fn run(code: String, input: Option<String>, session: Option<bool>) -> Result<Outcome, String> {
        let session = session.unwrap_or(false);
        if session && context::instance_scope() != Scope::Session {
            return Err(NO_SESSION.to_owned());
        }
        let options = Options {
            input: input.as_deref(),
            session,
            plain: false,
        };
        let outcome = with_engine(|engine| engine.run(&code, &options))?;
        Ok(Outcome {
            value: outcome.value,
            output: Some(outcome.output).filter(|output| !output.is_empty()),
        })
    }

    fn search(query: Option<String>, detail: Option<String>) -> Result<String, String> {
        let detail = detail.unwrap_or_default();
        search::search(query.as_deref().unwrap_or_default().trim(), &detail)
    }

    fn execute(content: String) -> Result<String, String> {
        let options = Options {
            plain: true,
            ..Options::default()
        };
        with_engine(|engine| engine.run(&content, &options)).map(|outcome| outcome.output)
    }

    fn end_session() -> Result<String, String> {
        if context::instance_scope() != Scope::Session {
            return Err(NO_SESSION.to_owned());
        }
        let existed = with_engine(|engine| {
            let existed = engine.has_session();
            engine.end_session();
            Ok(existed)
        })?;
        // The instance goes too, and with it the memory.
        context::retire();
        Ok(match existed {
            true => "The session is ended.",
            false => "There was no session.",
        }
        .to_owned())
    }
}

bindings::export!(Skill with_types_in bindings);
