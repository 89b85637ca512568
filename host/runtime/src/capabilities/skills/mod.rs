//! `skills`: calls of other skills.
//!
//! - `state`: what is kept, and what the functions do; `host`: the functions; `arguments`: what is passed; `imported`: interfaces of theirs that a component
//!   imports

mod arguments;
mod host;
mod imported;
mod state;

pub(crate) use state::SkillsCapability;
