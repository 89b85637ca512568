//! The engine: realms, and what programs find in them.
//!
//! - `core`: [`Engine`], which runs programs
//! - `realm`: a global object with its glue; `state`: what the glue's functions share
//! - `calls`: the queue of tool calls; `timers`: what runs later; `turns`: runs all of it until nothing is left
//! - `console`, `tools`, `files`, `fetch`, `url`, `random`: functions of the glue
//! - `kinds`, `json`, `inspect`, `errors`, `text`: values as JSON and as text, without asking the program's own functions
//! - `output`: what was printed, bounded
//! - `memory`: its limit
//! - `modules`: `import` of files

mod calls;
mod console;
mod core;
mod errors;
mod fetch;
mod files;
mod inspect;
mod json;
mod kinds;
mod memory;
mod modules;
mod output;
mod random;
mod realm;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod timers;
mod tools;
mod turns;
mod url;

pub use self::core::{Engine, Options, Outcome};
