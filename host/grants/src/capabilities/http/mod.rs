//! `permissions.http`: which URLs may be requested, and WebSockets to them.
//!
//! - `section`: the section of the manifest; `grants`: the decisions; `unresolved`: names that a proxy resolves
//! - `capability`: its command-line words, a package's requirements, and the operator's questions

mod capability;
mod grants;
mod section;
mod unresolved;

pub use grants::HttpGrants;
#[cfg(test)]
pub(super) use grants::shown;
pub use section::HttpSection;
pub(crate) use section::RawHttp;
