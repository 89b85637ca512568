//! JSON to and from component values, and JSON Schema (2020-12) from component types.
//!
//! An input schema names one form of each type, using only what every client and model accepts ([`luminarys_schemas`]).
//! The host accepts every value that the schema allows, except text that is not base64 and `false` for a case without
//! payload; it also accepts the forms of results and those of the last column.
//!
//! | WIT | arguments, by the schema | results | arguments, as well |
//! |---|---|---|---|
//! | `bool`, `string`, `list` | the same | the same | |
//! | integers to 32 bits | an integer in range | the same | |
//! | `s64`, `u64` | an integer within 2^53 | beyond 2^53 a string of its digits, since JSON readers lose bits | an integer beyond 2^53 |
//! | `f32`, `f64` | a number | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"` | |
//! | `char` | a string of one character | the same | |
//! | `list<u8>` | a base64 string | the same | |
//! | `tuple` | an array where all items are of one type, else an object of `_0`, `_1`, … | an array | |
//! | `record` | an object; names in snake_case, options may be left out | the same | null for an option that is none |
//! | `variant` | an object of exactly one case: `{"case": payload}`, `true` for no payload; the case's name where no case has a payload | the case's name where it has no payload, else `{"case": payload}` | other cases as null, or as false where they have no payload |
//! | `enum` | the case's name | the same | |
//! | `flags` | an array of names | the same | a name more than once |
//! | `option` of a parameter, field or item of a tuple | the value, or left out | the value, or left out; null in a tuple | null |
//! | `option` elsewhere | the value, or null | the same | |
//! | `option` of an `option` | `{}` for one that is none, else `{"some": …}` | `{"some": …}` with null for none | |
//! | `result` inside a value | as a variant of `ok` and `err` | `{"ok": …}` or `{"err": …}`, null for no payload | as a variant |
//! | `map` | an array of `{"key": …, "value": …}` | an object where keys are strings, else an array of `[key, value]` | an array of `[key, value]` |
//!
//! Fields and parameters are in snake_case, as JSON keys; names that are values (cases, enums, flags) are kept as in
//! WIT.
//!
//! Bytes pass to and from the guest as bytes if `compact` supports the function's types; otherwise, and between skills,
//! as values of 32 bytes each.
//!
//! At the top of a method's signature a `result` is the call's own outcome: its error is the call's error.

mod compact;
mod documented;
mod dynamic;
mod error;
mod form;
mod from_json;
mod input_schema;
mod memory;
mod output_schema;
mod plan;
mod signature;
mod to_json;

pub use compact::{Compact, Returned};
pub use dynamic::{DynamicValue, dynamic_arguments, dynamic_forms, dynamic_result, dynamic_schema};
pub use error::ValueError;
pub use form::{Form, NamedForm};
pub(crate) use memory::values_memory;
pub use output_schema::{wrap_result, wrap_schema};
pub use plan::Unsupported;
pub use signature::{Signature, SkillError};
pub(crate) use to_json::outcome_size;
