//! `skills`: calls of other skills.
//!
//! - `state`: the state, and the functions' effects; `host`: the functions; `arguments`: checks of arguments;
//!   `imported`: imported interfaces of other skills; `callable`: what may be called

mod arguments;
mod callable;
mod host;
mod imported;
mod state;

pub(crate) use state::SkillsCapability;
