//! Handles text from others on its way to people, logs and models.
//!
//! - `visible`: makes what a skill or client chose visible, so that it forges nothing; `hidden`: which characters are
//!   not; `context`: where a hidden character belongs to the writing
//! - `json_text`: the same for text that is JSON; `field`: for the fields of log events
//! - `hexadecimal`: bytes as digits
//! - `json`: its size in memory and as text; `share`: divides room among texts of different lengths
//! - `secrets`: redacts secrets; `credential`: rules for secrets in headers

mod context;
mod credential;
mod field;
mod hexadecimal;
mod hidden;
pub mod json;
mod json_text;
mod secrets;
mod share;
mod visible;

pub use credential::{CredentialError, check_credential, short_credential};
pub use field::{bounded_field, log_field};
pub use hexadecimal::hexadecimal;
pub use hidden::is_hidden;
pub use json_text::{to_json, to_json_pretty, visible_json};
pub use secrets::{
    RedactedStream, Redactor, Registered, SHORTEST, cut, is_too_short, percent_decoded, redact,
    redact_json,
};
pub use share::share;
pub use visible::{HiddenCharacter, check, check_line, visible, visible_lines, visible_text};
