//! The engine: realms, and what programs find in them.
//!
//! - `core`: [`Engine`], which runs programs; `options`: what one is run with, and what it gives
//! - `realm`: a global object with its glue; `state`: what the glue's functions share
//! - `turns`: runs a program until nothing is left to do
//! - `calls`: tool calls that wait; `batch`: makes them together; `timers`: what runs later
//! - `clock`, `console`, `tools`, `files`, `fetch`, `url`, `math`: functions of the glue
//! - `kinds`, `json`, `inspect`, `headline`, `errors`, `text`: values as JSON and as text, without asking the program's own functions
//! - `helpers`: functions of the glue that Rust calls; `properties`: how properties are defined
//! - `sources`: the programs, for places in stacks; `random`: random numbers
//! - `output`: what was printed, bounded
//! - `memory`: its limit
//! - `modules`: `import` of files

mod batch;
mod calls;
mod clock;
mod console;
mod core;
mod errors;
mod fetch;
mod files;
mod headline;
mod helpers;
mod inspect;
mod json;
mod kinds;
mod math;
mod memory;
mod modules;
mod options;
mod output;
mod properties;
mod random;
mod realm;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod timers;
mod tools;
mod turns;
mod url;

pub use self::core::Engine;
pub use options::{Options, Outcome};
