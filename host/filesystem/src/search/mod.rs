//! Searching beneath granted directories.
//!
//! - `grep`: which files are searched; `scan`: searching them, on a few threads; `file_types`: names of source code
//! - `glob`: names that match patterns; `patterns`: compiling them; `roots`: where searches begin, and `allowed-dirs`

mod file_types;
mod glob;
mod grep;
mod patterns;
mod roots;
mod scan;
