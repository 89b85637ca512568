//! The audit log: every decision about a capability as a line of JSON, and a count of decisions.
//!
//! Text that skills and clients choose is bounded: targets and rules are cut, sessions and clients with odd names are
//! shown as digests, and repeated denials are counted. Denials and allowed decisions are in separate files.
//!
//! - `call`: the log as one call writes it; `log`: both files, repeats and counts together
//! - `record`: a line, and what is cut in it; `repeats`: which decisions are counted rather than written
//! - `error`: how writing fails; `options`: the files and how long they are kept; `file`: appending to one and rotating it; `tidy`: removing old ones
//! - `secrets`: which secrets are too short to be found and replaced in text

mod call;
mod error;
mod file;
mod log;
mod options;
mod record;
mod repeats;
mod secrets;
#[cfg(test)]
mod tests;
mod tidy;

pub use call::CallAudit;
pub use error::AuditError;
pub use log::AuditLog;
pub use options::{AuditOptions, Audited, MAX_KEPT};
pub use record::{AuditRecord, Verdict, identity};
pub use secrets::unprotected;
