//! Commands that go on after the call that started them.
//!
//! - `list`: those of one skill; `kill`: how its other commands signal them

pub(crate) mod kill;
pub(crate) mod list;
