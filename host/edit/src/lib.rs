//! Changes one entry of a configuration file, somebody else's or our own, and nothing else of it: comments, order,
//! quoting and line ends stay.
//!
//! - `format`: JSON with comments, TOML and YAML behind one interface; `jsonc`, `toml`, `yaml`: one format each
//! - `error`: why a text cannot be changed; `file`: reading and replacing the file
//!
//! Whatever is written has been parsed again first: a change that does more than it was asked for is an error.

mod error;
mod file;
mod format;
mod jsonc;
mod toml;
mod yaml;

pub use error::EditError;
pub use file::{FileError, TextFile};
pub use format::Format;
pub use yaml::{render, render_line};
