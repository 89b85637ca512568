//! JSON to and from component values, and JSON Schema (2020-12) from component types.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool`, `string`, `list`, `tuple` | the same; a tuple is an array of fixed length |
//! | integers to 32 bits | an integer in range |
//! | `s64`, `u64` | an integer, or a decimal string; a string beyond 2^53, where JSON readers lose bits |
//! | `f32`, `f64` | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | `char` | a string of one character |
//! | `list<u8>` | a base64 string |
//! | `record` | an object; names in snake_case, options may be left out |
//! | `variant` | the case's name, or `{"case": payload}` |
//! | `enum` | the case's name |
//! | `flags` | an array of names |
//! | `option` | the value or null; `{"some": …}` where the value itself may be null |
//! | `result` inside a value | `{"ok": …}` or `{"err": …}` |
//! | `map` | an object where keys are strings, else an array of `[key, value]` pairs |
//!
//! Fields and parameters are in snake_case, being JSON keys; names that are values (cases, enums, flags) stay as in
//! WIT. A string where a `variant` stands is always a case without payload, an object always one with.
//!
//! Bytes pass to and from the guest as bytes where `compact` can take the function's types; where it cannot, and between
//! skills, as values of 32 bytes each.
//!
//! At the top of a method's signature a `result` is the call's own outcome: its error is the call's error.

mod compact;
mod dynamic;
mod error;
mod from_json;
mod memory;
mod plan;
mod schema;
mod signature;
mod to_json;

pub use compact::{Compact, Returned};
pub use dynamic::{DynamicValue, dynamic_arguments, dynamic_result, dynamic_schema};
pub use error::ValueError;
pub(crate) use memory::values_memory;
pub use plan::Unsupported;
pub use schema::{wrap_result, wrap_schema};
pub use signature::{Signature, SkillError};
pub(crate) use to_json::outcome_size;
