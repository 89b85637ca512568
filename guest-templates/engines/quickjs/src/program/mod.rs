//! The source of a program, as QuickJS takes it.
//!
//! - `types`: TypeScript's types, which are removed
//! - `toplevel`: what a script cannot have at its top: `return`, `import`, `export`; and names that a session redefines
//! - `edits`: the changes, and where each place was before
//! - `members`: words before a class member's name
//! - `kind`: what a text is run as
//! - `place`: lines and columns; `syntax_error`: what is wrong at one

mod edits;
mod kind;
mod members;
mod place;
mod prepare;
mod syntax_error;
#[cfg(test)]
mod tests;
mod toplevel;
mod types;

pub(crate) use kind::Kind;
pub(crate) use place::{Place, Source};
pub(crate) use prepare::prepare;
