//! The subset of JSON Schema for tools' inputs that every MCP client and model accepts.
//!
//! A client sends the schemas of all its tools to its model at once, and most models reject the whole request because
//! of one schema that they do not accept: a single bad tool ends the session. So schemas are limited to what all
//! accept.
//!
//! - `rules`: the rules, each with a report of its violation; `check`: checks a schema against all rules

mod check;
mod rules;

pub use check::{Violation, check};
pub use rules::{MAX_INTEGER, MAX_NAME, RULES, Rule, is_property_name};
