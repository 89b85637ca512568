//! Runs JavaScript and TypeScript that a model wrote, in QuickJS.
//!
//! - [`Engine`]: runs programs, each in a new realm or in the one of a session
//! - [`Host`]: what the engine asks of its surroundings: tools, files, the network
//! - `program`: the source as QuickJS takes it: types removed, top-level `return` and `import` rewritten
//! - [`stubs`]: TypeScript declarations of tools

mod engine;
mod host;
mod program;
pub mod stubs;

pub use engine::{Engine, Options, Outcome};
pub use host::{Entry, Fetch, Fetched, Host, Request};
