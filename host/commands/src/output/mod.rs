//! What is kept of a command's output.
//!
//! - `collector`: as it arrives; `log`: from the file that a daemon writes to

pub(crate) mod collector;
pub(crate) mod log;
