//! Commands that keep running after the call that started them.
//!
//! - `list`: those of one skill; `kill`: parses the commands that signal them

pub(crate) mod kill;
pub(crate) mod list;
