//! What the input schema of a tool may hold, so that every MCP client and model takes it.
//!
//! A client hands the schemas of all its tools to its model at once, and most models refuse the whole request for one
//! schema that they do not take: a single bad tool ends the session. So what is offered keeps to what all of them take.
//!
//! - `rules`: the rules, each with where its violation was reported; `check`: a schema checked against them all

mod check;
mod rules;

pub use check::{Violation, check};
pub use rules::{MAX_INTEGER, MAX_NAME, RULES, Rule, is_property_name};
