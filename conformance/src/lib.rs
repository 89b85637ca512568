//! Runs the cases in `cases/`: YAML with a skill's grants, calls and expected answers,
//! through the real `luminarys` binary and packages built from `guests/` and `../guest-templates/`.
//!
//! - `case`: the form of a case; `world`: its files, inside and outside the grants
//! - `cli`: command lines and what they print
//! - `hinted`: packages with other hints
//! - `archives`: malicious archives; `servers`: servers for the network capabilities
//! - `host`: the binary, as an MCP server on stdio or a command line; `check`: compares answers with expectations
//!
//! `scripts/test` builds what the cases need. One case: `cargo test -p luminarys-conformance --test cases -- NAME`.

mod archives;
mod case;
mod check;
mod cli;
mod hinted;
pub mod host;
mod run;
mod servers;
mod world;

pub use case::{Case, load};
pub use cli::transcript;
pub use host::{Machine, binary, lmsk, package};
pub use run::run;
