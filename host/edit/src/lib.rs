//! Changes one entry of a configuration file, and nothing else: comments, order,
//! quoting and line ends stay.
//!
//! - `format`: JSON with comments, TOML and YAML behind one interface; `jsonc`, `toml`, `yaml`: one format each
//! - `error`: errors; `file`: reads and replaces the file
//!
//! Every result is parsed again before it is written: a change that affects anything else is an error.

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
