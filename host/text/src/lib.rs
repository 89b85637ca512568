//! Text that the host did not write itself, on its way to people, logs and models.
//!
//! - `visible`: makes what a skill or client chose visible, so that it forges nothing; `context`: where an invisible
//!   character belongs to the writing
//! - `json`: the same for text that is JSON; `field`: for the fields of log events
//! - `secrets`: replaces the values that nobody may read

mod context;
mod field;
mod json;
mod secrets;
mod visible;

pub use field::{bounded_field, log_field};
pub use json::{json, to_json, to_json_pretty};
pub use visible::{
    HiddenCharacter, check, check_line, is_hidden, visible, visible_lines, visible_text,
};
