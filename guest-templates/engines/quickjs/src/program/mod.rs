//! The source of a program, as QuickJS takes it.
//!
//! - `types`: TypeScript's types, which are removed
//! - `toplevel`: what a script cannot have at its top: `return`, `import`, `export`; and names that a session redefines
//! - `returns`: where it returns outside of functions
//! - `edits`: the changes, and where each place was before
//! - `nesting`: how deep a program is nested, bounded before anything recursive reads it
//! - `depth`: how deep a walk through it is
//! - `imports`: which of them are types, and removed; `operators`: operators in a row
//! - `object`: a hint for objects that are read as blocks
//! - `members`: words before a class member's name
//! - `kind`: what a text is run as
//! - `place`: lines and columns; `syntax_error`: what is wrong at one

mod depth;
mod edits;
mod imports;
mod kind;
mod members;
mod nesting;
mod object;
mod operators;
mod place;
mod prepare;
mod returns;
mod syntax_error;
#[cfg(test)]
mod tests;
mod toplevel;
mod types;

pub(crate) use kind::Kind;
#[cfg(test)]
pub(crate) use nesting::tests::DEEP;
pub(crate) use place::{Place, Source, UNREAD};
#[cfg(test)]
pub(crate) use prepare::MAX_BYTES;
pub(crate) use prepare::prepare;
