//! What is kept of a command's output.
//!
//! - `collector`: while it comes; `log`: of the file that a daemon writes to

pub(crate) mod collector;
pub(crate) mod log;
