//! `permissions.http`: which URLs may be requested, and WebSockets to them.
//!
//! - `section`: the section of the manifest; `grants`: the decisions; `unresolved`: where a proxy looks names up
//! - `capability`: its words, what a package requires, and what an operator asks

mod capability;
mod grants;
mod section;
mod unresolved;

pub use grants::HttpGrants;
#[cfg(test)]
pub(super) use grants::shown;
pub use section::HttpSection;
pub(crate) use section::RawHttp;
