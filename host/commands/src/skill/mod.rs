//! The commands of one skill.
//!
//! - `commands`: all together
//! - `decide`: from words to a command that the manifest allows; `prepare`: its handles, variables and limits
//! - `run`: one run, from start to end
//! - `scratch`: the directories that commands of the skill have to themselves

pub(crate) mod commands;
pub(crate) mod decide;
pub(crate) mod prepare;
pub(crate) mod run;
mod scratch;
